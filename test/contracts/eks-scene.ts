import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AwsPartitionName, IssuedKey, Role } from '../../sandbox/aws/account/aws-account.ts';
import type { EksAuthenticator } from '../../sandbox/aws/eks/eks-authenticator.ts';
import type { EksClusterState } from '../../sandbox/aws/eks/eks-service.ts';
import { type StandInAws, startAws } from '../../sandbox/aws/start-aws.ts';
import { createEksCloud } from '../../src/clouds/eks.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { CloudScene } from './cloud.ts';

export const REGION = 'eu-west-1';
export const CLUSTER = 'prod';
export const EXTERNAL_ID = 'firebreak-4711';

export interface EksScene extends CloudScene {
  readonly aws: StandInAws;
  readonly user: IssuedKey;
  readonly role: Role;
  readonly authenticator: EksAuthenticator;
  readonly environment: Record<string, string | undefined>;
  readonly clock: MovedClock;
  /** Changes what DescribeCluster says. */
  describeAs(change: Partial<EksClusterState>): void;
}

/** The machine's clock, moved by as much as a test says. AWS's own stays where it is when told so. */
export class MovedClock implements Clock {
  movedMs = 0;
  /** How much each look at it moves it. */
  tickMs = 0;
  now(): Date {
    this.movedMs += this.tickMs;
    return new Date(Date.now() + this.movedMs);
  }
  monotonicMs(): number {
    return performance.now() + this.movedMs;
  }
  sleep(): Promise<void> {
    return Promise.resolve();
  }
}

export interface EksSceneInit {
  readonly awsClock?: { now(): Date };
  readonly partition?: AwsPartitionName;
  readonly region?: string;
  /** `real`: nothing leads the SDK to the stand-in; it is served under AWS's own names then. Default `endpoints`. */
  readonly names?: 'endpoints' | 'real';
}

/** A stand-in AWS with a user whose keys are in the environment, a role with an external id, and one cluster. */
export const startEksScene = async ({
  awsClock,
  partition = 'aws',
  region = REGION,
  names = 'endpoints',
}: EksSceneInit = {}): Promise<EksScene> => {
  const clock = new MovedClock();
  const aws = await startAws({ clock: awsClock ?? clock, partition });
  const home = await mkdtemp(join(tmpdir(), 'firebreak-eks-'));
  const user = aws.account.addUser('firebreak');
  const role = aws.account.addRole({
    name: 'responder',
    path: '/incident/',
    trusts: [user.arn],
    externalId: EXTERNAL_ID,
  });
  const authenticator = aws.authenticator(CLUSTER);
  authenticator.allow(role.arn, 'responder');
  const environment: Record<string, string | undefined> = {
    AWS_ACCESS_KEY_ID: user.accessKeyId,
    AWS_SECRET_ACCESS_KEY: user.secretAccessKey,
  };
  // The SDK itself reads these from the process; each file of tests has one of its own.
  const { AWS_ENDPOINT_URL_EKS, AWS_ENDPOINT_URL_STS, ...metadata } = aws.endpoints;
  if (names === 'endpoints') Object.assign(process.env, { AWS_ENDPOINT_URL_EKS, AWS_ENDPOINT_URL_STS });
  else for (const name of ['AWS_ENDPOINT_URL_EKS', 'AWS_ENDPOINT_URL_STS']) delete process.env[name];
  Object.assign(process.env, metadata, {
    AWS_CONFIG_FILE: join(home, '.aws/config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, '.aws/credentials'),
  });
  let state: EksClusterState = { name: CLUSTER, region, status: 'ACTIVE' };
  const describeAs = (change: Partial<EksClusterState>): void => {
    state = { ...state, ...change };
    aws.eks.put(state);
  };
  const presented = new Set<string>();
  return {
    ...{ aws, user, role, authenticator, environment, clock, describeAs },
    cloud: createEksCloud(),
    options: { region, name: CLUSTER, roleArn: role.arn, externalId: EXTERNAL_ID },
    context: { cluster: 'prod-cluster', identity: 'act', home, baseDir: home, clock, environment },
    pointTo: async ({ server, caPem }) => describeAs({ endpoint: server.origin, caPem }),
    accepts: (token) => {
      presented.add(token);
      return authenticator.authenticate(token).kind === 'user';
    },
    revoke: async () => aws.account.revokeSessions(),
    age: async () => {
      clock.movedMs += 14.5 * 60_000;
    },
    fetches: () => aws.calls.filter((call) => call === 'sts:AssumeRole').length,
    remote: {
      throttle: (times) => aws.faults.add('sts:AssumeRole', { kind: 'throttle' }, times),
      hang: () => aws.faults.add('sts:AssumeRole', { kind: 'hang' }),
    },
    secrets: () => [...aws.account.secrets(), ...presented],
    close: async () => {
      await aws.close();
      await rm(home, { recursive: true, force: true });
    },
  };
};
