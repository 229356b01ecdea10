import { join } from 'node:path';
import type { StandInS3 } from '../aws/s3/stand-in-s3.ts';
import type { S3Options } from '../aws/s3/start-s3.ts';
import { startS3 } from '../aws/s3/start-s3.ts';
import { type StandInAws, startAws } from '../aws/start-aws.ts';
import type { PlayedCloud } from './played-cloud.ts';

/** The cluster's name at EKS; in Firebreak's configuration it has a name of its own. */
const EKS_NAME = 'prod';
const REGION = 'eu-west-1';
const EXTERNAL_ID = 'firebreak-4711';
const BUCKET = 'evidence';
export const S3_PREFIX = 'firebreak/';

export interface AmazonOptions {
  /** Where the objects' bytes go. */
  readonly folder: string;
  readonly s3?: Partial<S3Options>;
  /** Keys of `evidence.s3` beside bucket, prefix, region and endpoint. */
  readonly evidence?: Readonly<Record<string, unknown>>;
}

/** An AWS account on 127.0.0.1 with a role for an EKS cluster, and S3 for the evidence. */
export interface Amazon extends PlayedCloud {
  readonly aws: StandInAws;
  readonly s3: StandInS3;
  /** `evidence:` of the configuration. */
  readonly evidence: Readonly<Record<string, unknown>>;
}

export const startAmazon = async ({ folder, s3: wanted, evidence }: AmazonOptions): Promise<Amazon> => {
  await using starting = new AsyncDisposableStack();
  const aws = starting.use(await startAws());
  const user = aws.account.addUser('firebreak');
  const role = aws.account.addRole({ name: 'responder', trusts: [user.arn], externalId: EXTERNAL_ID });
  const authenticator = aws.authenticator(EKS_NAME);
  authenticator.allow(role.arn, 'responder');
  const { accessKeyId, secretAccessKey } = user;
  const s3 = starting.use(
    await startS3({
      folder,
      region: REGION,
      buckets: [{ name: BUCKET, objectLock: 'on' }],
      accessKeys: [{ accessKeyId, secretAccessKey }],
      ...wanted,
    }),
  );
  const running = starting.move();
  return {
    aws,
    s3,
    authenticateToken: (token) => authenticator.userOf(token),
    describe: ({ url, caPem }) =>
      aws.eks.put({
        ...{ name: EKS_NAME, region: REGION, status: 'ACTIVE' },
        endpoint: new URL(url).origin,
        caPem,
      }),
    cluster: {
      provider: 'eks',
      region: REGION,
      name: EKS_NAME,
      roleArn: role.arn,
      externalId: EXTERNAL_ID,
    },
    evidence: {
      s3: {
        bucket: s3.bucket,
        prefix: S3_PREFIX,
        region: REGION,
        endpoint: s3.endpoint.href,
        forcePathStyle: true,
        ...evidence,
      },
    },
    variables: {
      ...aws.endpoints,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      // Nobody's own profiles are looked at.
      AWS_CONFIG_FILE: join(folder, 'no-config'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'no-credentials'),
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
};
