import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { AwsPartitionName } from '../../sandbox/aws/account/aws-account.ts';
import type { Internet } from '../../sandbox/internet/internet.ts';
import { startInternet } from '../../sandbox/internet/start-internet.ts';
import { trustAlso } from '../../sandbox/internet/trust-also.ts';
import { createTestAuthority } from './cloud-certificates.ts';
import { CLUSTER, type EksScene, startEksScene } from './eks-scene.ts';

const run = promisify(execFile);
/** Why the AWS CLI can't judge; undefined where it can. */
const noCli = await run('aws', ['--version']).then(
  () => undefined,
  () => 'The AWS CLI is not installed here, so its hosts are not compared.',
);
if (noCli !== undefined) console.warn(noCli);
const ownVariables = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')),
);

const PEM = createTestAuthority('prod').caPem;
const { signal } = new AbortController();

interface Reached {
  readonly partition: AwsPartitionName;
  readonly region: string;
  readonly keys: { readonly fips?: boolean; readonly dualStack?: boolean };
  readonly eks: string;
  readonly sts: string;
}

/** As botocore's endpoint rules say it; the AWS CLI is asked for each below. */
const WAYS: readonly Reached[] = [
  {
    ...{ partition: 'aws', region: 'eu-west-1', keys: {} },
    ...{ eks: 'eks.eu-west-1.amazonaws.com', sts: 'sts.eu-west-1.amazonaws.com' },
  },
  {
    ...{ partition: 'aws', region: 'us-east-1', keys: { fips: true } },
    ...{ eks: 'fips.eks.us-east-1.amazonaws.com', sts: 'sts-fips.us-east-1.amazonaws.com' },
  },
  {
    ...{ partition: 'aws', region: 'eu-west-1', keys: { dualStack: true } },
    ...{ eks: 'eks.eu-west-1.api.aws', sts: 'sts.eu-west-1.api.aws' },
  },
  {
    ...{ partition: 'aws', region: 'us-east-1', keys: { fips: true, dualStack: true } },
    ...{ eks: 'eks-fips.us-east-1.api.aws', sts: 'sts-fips.us-east-1.api.aws' },
  },
  {
    ...{ partition: 'aws-us-gov', region: 'us-gov-west-1', keys: {} },
    ...{ eks: 'eks.us-gov-west-1.amazonaws.com', sts: 'sts.us-gov-west-1.amazonaws.com' },
  },
  {
    ...{ partition: 'aws-us-gov', region: 'us-gov-west-1', keys: { fips: true } },
    ...{ eks: 'eks.us-gov-west-1.amazonaws.com', sts: 'sts.us-gov-west-1.amazonaws.com' },
  },
  {
    ...{ partition: 'aws-us-gov', region: 'us-gov-east-1', keys: { fips: true, dualStack: true } },
    ...{ eks: 'eks-fips.us-gov-east-1.api.aws', sts: 'sts-fips.us-gov-east-1.api.aws' },
  },
  {
    ...{ partition: 'aws-cn', region: 'cn-north-1', keys: {} },
    ...{ eks: 'eks.cn-north-1.amazonaws.com.cn', sts: 'sts.cn-north-1.amazonaws.com.cn' },
  },
  {
    ...{ partition: 'aws-cn', region: 'cn-northwest-1', keys: { dualStack: true } },
    ...{
      eks: 'eks.cn-northwest-1.api.amazonwebservices.com.cn',
      sts: 'sts.cn-northwest-1.api.amazonwebservices.com.cn',
    },
  },
];

const running: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one[Symbol.asyncDispose]();
});

/** AWS under its own names, of which those two alone are there. */
const startWay = async ({ partition, region, eks, sts }: Reached) => {
  const internet: Internet = await startInternet();
  running.push(internet);
  const scene: EksScene = await startEksScene({ partition, region, names: 'real' });
  running.push({ [Symbol.asyncDispose]: scene.close });
  internet.serve(eks, scene.aws.hosts.eks);
  internet.serve(sts, scene.aws.hosts.sts);
  scene.environment['HTTPS_PROXY'] = internet.proxyUrl;
  await scene.pointTo({ server: new URL('https://127.0.0.1:1'), caPem: PEM });
  return { internet, scene };
};
const hostOf = (token: string): string =>
  new URL(Buffer.from(token.replace(/^k8s-aws-v1\./, ''), 'base64url').toString('utf8')).host;
const named = ({ region, keys }: Reached): string =>
  [region, keys.fips === true ? 'FIPS' : '', keys.dualStack === true ? 'dual stack' : '']
    .filter((word) => word !== '')
    .join(', ');

describe.each(WAYS.map((way) => [named(way), way] as const))('AWS in %s', (_name, way) => {
  const { partition, keys, eks, sts, region } = way;

  test('is reached under its own names, and the cluster takes the token', async () => {
    const { internet, scene } = await startWay(way);
    trustAlso(internet.caPem);
    const options = scene.cloud.access.readOptions({ ...Object(scene.options), ...keys });
    const access = await scene.cloud.access.connect(options, scene.context, signal);
    const token = (await access.token(signal)) ?? '';
    expect(internet.requests).toEqual([`POST ${sts}/`, `GET ${eks}/clusters/${CLUSTER}`]);
    expect(internet.refused).toEqual([]);
    expect(hostOf(token)).toBe(sts);
    expect(scene.authenticator.userOf(token) ?? scene.authenticator.refusals.join()).toBe('responder');
    const { principal } = await access.caller(signal);
    expect(principal).toBe(`arn:${partition}:iam::111122223333:role/responder`);
  });

  test('is reached there when the environment says so', async () => {
    const { internet, scene } = await startWay(way);
    trustAlso(internet.caPem);
    scene.environment['AWS_USE_FIPS_ENDPOINT'] = String(keys.fips === true);
    scene.environment['AWS_USE_DUALSTACK_ENDPOINT'] = String(keys.dualStack === true);
    const options = scene.cloud.access.readOptions(scene.options);
    const access = await scene.cloud.access.connect(options, scene.context, signal);
    expect(hostOf((await access.token(signal)) ?? '')).toBe(sts);
    expect(internet.requests).toEqual([`POST ${sts}/`, `GET ${eks}/clusters/${CLUSTER}`]);
  });

  test.skipIf(noCli !== undefined)('is what the AWS CLI finds too', async () => {
    const { internet, scene } = await startWay(way);
    const bundle = join(scene.context.home, 'ca.pem');
    await writeFile(bundle, internet.caPem);
    const env = {
      ...ownVariables,
      ...{ HTTPS_PROXY: internet.proxyUrl, AWS_CA_BUNDLE: bundle },
      // The global name of STS is its default, where there is one.
      ...{ AWS_DEFAULT_REGION: region, AWS_STS_REGIONAL_ENDPOINTS: 'regional', AWS_MAX_ATTEMPTS: '1' },
      ...{ AWS_CONFIG_FILE: '/nonexistent', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent' },
      AWS_ACCESS_KEY_ID: scene.user.accessKeyId,
      AWS_SECRET_ACCESS_KEY: scene.user.secretAccessKey,
      AWS_USE_FIPS_ENDPOINT: String(keys.fips === true),
      AWS_USE_DUALSTACK_ENDPOINT: String(keys.dualStack === true),
    };
    const [{ stdout }] = await Promise.all([
      run('aws', ['eks', 'get-token', '--cluster-name', CLUSTER], { env }),
      run('aws', ['eks', 'describe-cluster', '--name', CLUSTER], { env }),
    ]);
    expect(internet.requests).toEqual([`GET ${eks}/clusters/${CLUSTER}`]);
    const { token } = z.object({ status: z.object({ token: z.string() }) }).parse(JSON.parse(stdout)).status;
    expect(hostOf(token)).toBe(sts);
    scene.authenticator.allow(scene.user.arn, 'someone');
    expect(scene.authenticator.userOf(token)).toBe('someone');
  });
});

describe('a sentence about AWS in China', () => {
  test('names a missing permission by the ARN of its partition', async () => {
    const scene = await startEksScene({ partition: 'aws-cn', region: 'cn-north-1' });
    running.push({ [Symbol.asyncDispose]: scene.close });
    scene.aws.eks.forbid(scene.user.arn);
    const options = { region: 'cn-north-1', name: CLUSTER };
    await expect(scene.cloud.access.connect(options, scene.context, signal)).rejects.toMatchObject({
      next: expect.stringContaining('arn:aws-cn:eks:cn-north-1:*:cluster/prod'),
    });
  });
});

describe('names that AWS does not have', () => {
  test('a region without FIPS endpoints is told as a reason, where nothing answers', async () => {
    const internet = await startInternet();
    running.push(internet);
    const scene = await startEksScene({ names: 'real' });
    running.push({ [Symbol.asyncDispose]: scene.close });
    scene.environment['HTTPS_PROXY'] = internet.proxyUrl;
    const options = scene.cloud.access.readOptions({ region: 'eu-west-1', name: CLUSTER, fips: true });
    await expect(scene.cloud.access.connect(options, scene.context, signal)).rejects.toMatchObject({
      code: 'cluster-unreachable',
      next: expect.stringContaining('Not every region has FIPS endpoints, which are asked for in eu-west-1.'),
    });
    expect(new Set(internet.refused)).toEqual(new Set(['fips.eks.eu-west-1.amazonaws.com:443']));
  });

  test('FIPS in China is refused when the configuration is read, and when the environment asks for it', async () => {
    const scene = await startEksScene({ partition: 'aws-cn', region: 'cn-north-1' });
    running.push({ [Symbol.asyncDispose]: scene.close });
    expect(() => scene.cloud.access.readOptions({ ...Object(scene.options), fips: true })).toThrow(
      /no FIPS endpoints in the partition aws-cn/,
    );
    scene.environment['AWS_USE_FIPS_ENDPOINT'] = 'true';
    await expect(scene.cloud.access.connect(scene.options, scene.context, signal)).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('AWS_USE_FIPS_ENDPOINT'),
    });
  });

  test('FIPS or dual stack is refused beside an endpoint of its own, which would not be it', async () => {
    const scene = await startEksScene();
    running.push({ [Symbol.asyncDispose]: scene.close });
    scene.environment['AWS_ENDPOINT_URL_EKS'] = 'https://eks.vpce.example';
    const options = scene.cloud.access.readOptions({ ...Object(scene.options), dualStack: true });
    await expect(scene.cloud.access.connect(options, scene.context, signal)).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('AWS_ENDPOINT_URL_EKS'),
    });
  });

  test('a role of another partition than the region is refused', async () => {
    const scene = await startEksScene();
    running.push({ [Symbol.asyncDispose]: scene.close });
    expect(() =>
      scene.cloud.access.readOptions({ ...Object(scene.options), region: 'us-gov-west-1' }),
    ).toThrow(/arn:aws-us-gov:iam::.*roleArn/s);
  });
});
