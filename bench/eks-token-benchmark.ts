import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { eksToken } from '../src/clouds/eks/eks-token.ts';
import type { Benchmark } from './benchmark.ts';
import type { Contender } from './contender.ts';
import { expectEqual } from './contender.ts';
import { isInstalled } from './is-installed.ts';
import { measure, table } from './measure.ts';

const ROUNDS = 9;
const REGION = 'eu-west-1';
const CLUSTER = 'bench';
/** The keys of AWS's own documentation: both sign with them, nothing is sent. */
const IDENTITY = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
} as const;

const expectToken = (token: string): void => expectEqual('prefix', token.slice(0, 11), 'k8s-aws-v1.');

const firebreak: Pick<Contender, 'name'> & { readonly mint: () => Promise<void> } = {
  name: 'firebreak',
  mint: async () =>
    expectToken(
      await eksToken({
        identity: IDENTITY,
        region: REGION,
        host: `sts.${REGION}.amazonaws.com`,
        clusterId: CLUSTER,
        now: new Date(),
      }),
    ),
};

const getToken = ['eks', 'get-token', '--cluster-name', CLUSTER, '--region', REGION, '--output', 'json'];

/** `aws eks get-token` as kubectl's exec plugin runs it. */
const awsCli: typeof firebreak = {
  name: 'aws cli',
  mint: async () => {
    const child = spawn('aws', getToken, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        AWS_ACCESS_KEY_ID: IDENTITY.accessKeyId,
        AWS_SECRET_ACCESS_KEY: IDENTITY.secretAccessKey,
      },
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const [code] = await once(child, 'close');
    expectEqual('exit code of aws', code, 0);
    const { status } = JSON.parse(text) as { readonly status: { readonly token: string } };
    expectToken(status.token);
  },
};

/** A token for an EKS cluster, minted in this process and by the AWS CLI that kubectl would start. */
export const eksTokenBenchmark: Benchmark = async (print) => {
  if (!(await isInstalled('aws', ['--version']))) {
    print('A token for an EKS cluster: left out, the AWS CLI is not installed here.');
    return;
  }
  const timings = await measure([firebreak, awsCli], ROUNDS, (one) => one.mint());
  print(table('A token for an EKS cluster', ROUNDS, timings));
};
