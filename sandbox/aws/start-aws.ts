import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsAccount, type AwsPartitionName } from './account/aws-account.ts';
import { type AwsClock, systemAwsClock } from './clock.ts';
import { EksAuthenticator } from './eks/eks-authenticator.ts';
import { eksFault } from './eks/eks-failure.ts';
import { EksService } from './eks/eks-service.ts';
import { AwsFaults } from './http/aws-faults.ts';
import { handleCall, type ServedService, type ServeInit, serveCalls } from './http/serve-calls.ts';
import { MetadataService } from './metadata/metadata-service.ts';
import { stsFault } from './sts/sts-failure.ts';
import { StsService } from './sts/sts-service.ts';
import type { TrailEvent } from './sts/trail-event.ts';

/** Answers a request to one service, whose body is whole; to be served under the service's own names. */
type AnswersRequest = (request: IncomingMessage, body: Buffer, response: ServerResponse) => Promise<void>;

/** AWS on 127.0.0.1: STS, EKS and the metadata services of one account. */
export interface StandInAws extends AsyncDisposable {
  readonly account: AwsAccount;
  readonly eks: EksService;
  readonly metadata: MetadataService;
  readonly faults: AwsFaults;
  /** What CloudTrail holds of AssumeRole, refused ones too. */
  readonly trail: readonly TrailEvent[];
  /** Every call over HTTP since the start, as IAM names it: `eks:DescribeCluster`. */
  readonly calls: readonly string[];
  /** What leads the SDK and the AWS CLI here. The metadata services are reached by the last two. */
  readonly endpoints: {
    readonly AWS_ENDPOINT_URL_EKS: string;
    readonly AWS_ENDPOINT_URL_STS: string;
    readonly AWS_EC2_METADATA_SERVICE_ENDPOINT: string;
  };
  readonly hosts: { readonly eks: AnswersRequest; readonly sts: AnswersRequest };
  /** For AWS_CONTAINER_CREDENTIALS_FULL_URI. */
  readonly podIdentityUrl: string;
  /** What authenticates bearer tokens for the cluster of this name. */
  readonly authenticator: (clusterId: string) => EksAuthenticator;
  readonly close: () => Promise<void>;
}

export interface StartAwsInit {
  readonly clock?: AwsClock;
  readonly accountId?: string;
  readonly partition?: AwsPartitionName;
}

/** Starts the stand-in. Keys, secrets and ports are new in each run. */
export async function startAws({
  clock = systemAwsClock,
  accountId = '111122223333',
  partition = 'aws',
}: StartAwsInit = {}): Promise<StandInAws> {
  const account = new AwsAccount(accountId, clock, partition);
  const sts = new StsService(account, clock);
  const eks = new EksService(account, clock);
  const metadata = new MetadataService(account);
  const faults = new AwsFaults();
  const calls: string[] = [];
  const init: ServeInit = {
    clock,
    fault: (action) => faults.take(action),
    record: (action) => calls.push(action),
  };
  const served = {
    eks: { actionOf: (call) => eks.actionOf(call), answer: (call) => eks.answer(call), failed: eksFault },
    sts: { actionOf: (call) => sts.actionOf(call), answer: (call) => sts.answer(call), failed: stsFault },
    metadata: {
      actionOf: (call) => metadata.actionOf(call),
      answer: (call) => metadata.answer(call),
      failed: (kind) => ({ status: kind === 'throttle' ? 429 : 500, body: '' }),
    },
  } satisfies Readonly<Record<string, ServedService>>;
  const [eksServer, stsServer, metadataServer] = await Promise.all([
    serveCalls(served.eks, init),
    serveCalls(served.sts, init),
    serveCalls(served.metadata, init),
  ]);
  const answers =
    (service: ServedService): AnswersRequest =>
    (request, body, response) =>
      handleCall(request, body, response, service, init);
  const close = async (): Promise<void> => {
    await Promise.all([eksServer, stsServer, metadataServer].map((server) => server.close()));
  };
  return {
    ...{ account, eks, metadata, faults, calls, close },
    trail: sts.trail,
    endpoints: {
      AWS_ENDPOINT_URL_EKS: eksServer.url,
      AWS_ENDPOINT_URL_STS: stsServer.url,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: metadataServer.url,
    },
    hosts: { eks: answers(served.eks), sts: answers(served.sts) },
    podIdentityUrl: `${metadataServer.url}/v1/credentials`,
    authenticator: (clusterId) =>
      new EksAuthenticator({ clusterId, partition, clock, sts: (call) => sts.answer(call) }),
    [Symbol.asyncDispose]: close,
  };
}
