import type { CloudContext } from '../../core/cloud.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { type AwsCredentials, awsCredentials } from '../aws/aws-credentials.ts';
import { isAwsOutage } from '../aws/aws-failure.ts';
import { awsPartition, stsHost } from '../aws/aws-partition.ts';
import { roleSessionName } from '../aws/aws-role.ts';
import { describeEksCluster } from './eks-describe.ts';
import { type EksEndpoint, sameEksAddress } from './eks-endpoint.ts';
import type { EksOptions } from './eks-options.ts';
import { eksToken } from './eks-token.ts';

interface KeptToken {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly goodUntil: number;
}

/** The cluster takes it for 15 minutes; the official clients say 14. Source: aws-iam-authenticator. */
const TOKEN_LIFE_MS = 14 * 60_000;
/** What `ClusterAccess` promises: a token is valid for at least the next minute. */
const TOKEN_MARGIN_MS = 60_000;
/** A new token goes to an address that EKS named within this time, or was asked for again. */
const DESCRIPTION_LIFE_MS = 5 * 60_000;

/** One EKS cluster by one identity: its description, its credentials and its token, shared by all who use it. */
export class EksCluster {
  readonly options: EksOptions;
  readonly credentials: AwsCredentials;
  readonly context: CloudContext;
  #endpoint: EksEndpoint | undefined;
  #describedAt = 0;
  #describing: Promise<EksEndpoint> | undefined;
  #token: KeptToken | undefined;
  #minting: Promise<KeptToken> | undefined;
  #refused = false;

  constructor(options: EksOptions, context: CloudContext) {
    this.options = options;
    this.context = context;
    const { region, profile, roleArn: arn, externalId } = options;
    this.credentials = awsCredentials({
      home: context.home,
      environment: context.environment,
      clock: context.clock,
      region,
      profile,
      role:
        arn === undefined ? undefined : { arn, externalId, sessionName: roleSessionName(context.cluster) },
    });
  }

  /** What EKS said last. */
  get endpoint(): EksEndpoint | undefined {
    return this.#endpoint;
  }

  /**
   * Asks EKS where the cluster is; who asks at the same time shares the answer. An outage of the EKS API does not keep
   * anyone from a cluster whose address and CA are known.
   */
  async look(): Promise<EksEndpoint> {
    this.#describing ??= this.#describe().finally(() => {
      this.#describing = undefined;
    });
    try {
      return await this.#describing;
    } catch (error) {
      const known = this.#endpoint;
      if (known !== undefined && isAwsOutage(error)) return known;
      throw error;
    }
  }

  /**
   * A token for the address of `endpoint`. Throws `cluster-unreachable` when EKS names another by now, and what
   * credentials and description throw.
   */
  async token(endpoint: EksEndpoint): Promise<string> {
    if (this.#refused || this.#token === undefined || this.#now() >= this.#token.goodUntil) {
      this.#minting ??= this.#mint().finally(() => {
        this.#minting = undefined;
      });
      this.#token = await this.#minting;
    }
    if (this.#endpoint !== undefined && !sameEksAddress(this.#endpoint, endpoint)) throw this.#moved();
    return this.#token.text;
  }

  /** The server refused the token. What it was made from is asked for again too: it may have been revoked or moved. */
  forgetToken(): void {
    this.#refused = true;
    this.#token = undefined;
  }

  async #mint(): Promise<KeptToken> {
    if (this.#refused) {
      this.credentials.forget();
      this.#describedAt = 0;
      this.#refused = false;
    }
    const endpoint = await this.#recent();
    const identity = await this.credentials.provide();
    const { region } = this.options;
    const partition = awsPartition(region);
    if (partition === undefined) throw new Error(`no partition for ${region}`);
    const now = this.context.clock.now();
    const text = await eksToken({
      identity,
      region,
      host: stsHost(region, partition),
      clusterId: endpoint.clusterId,
      now,
    });
    const end = Math.min(
      now.getTime() + TOKEN_LIFE_MS,
      identity.expiration?.getTime() ?? Number.POSITIVE_INFINITY,
    );
    return { text, goodUntil: end - TOKEN_MARGIN_MS };
  }

  async #recent(): Promise<EksEndpoint> {
    const known = this.#endpoint;
    return known !== undefined && this.#now() - this.#describedAt < DESCRIPTION_LIFE_MS
      ? known
      : await this.look();
  }

  async #describe(): Promise<EksEndpoint> {
    const endpoint = await describeEksCluster(this.options, this.credentials, this.context);
    this.#endpoint = endpoint;
    this.#describedAt = this.#now();
    return endpoint;
  }

  #now(): number {
    return this.context.clock.now().getTime();
  }

  #moved(): FirebreakError {
    return new FirebreakError({
      code: 'cluster-unreachable',
      message: `EKS now names another address or CA for cluster ${this.context.cluster}.`,
      next: 'Ask again: Firebreak then takes the new one.',
      retry: 'retry can help',
    });
  }
}
