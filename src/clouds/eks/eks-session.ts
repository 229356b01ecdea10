import type { CloudContext } from '../../core/cloud.ts';
import type { ClusterDescription } from '../access/cluster-description.ts';
import { type Fetched, Kept } from '../access/kept.ts';
import type { AwsCredentials } from '../aws/aws-credentials.ts';
import type { AwsIdentity } from '../aws/aws-identity.ts';
import { stsHost } from '../aws/aws-place.ts';
import type { RefusedMarks } from '../aws/refused-marks.ts';
import { describeEksCluster } from './eks-describe.ts';
import type { EksEndpoint } from './eks-endpoint.ts';
import type { EksOptions } from './eks-options.ts';
import { eksToken } from './eks-token.ts';

export interface EksSessionInit {
  readonly options: EksOptions;
  readonly context: CloudContext;
  readonly description: ClusterDescription<EksEndpoint>;
  readonly credentials: AwsCredentials;
  /** What Firebreak starts with, before a role. */
  readonly own: AwsCredentials;
  readonly refused: RefusedMarks;
}

/** The cluster takes it for 15 minutes; the official clients say 14. Source: aws-iam-authenticator. */
const TOKEN_LIFE_MS = 14 * 60_000;
/** What `ClusterAccess` promises: a token is valid for at least the next minute. */
const TOKEN_MARGIN_MS = 60_000;

/** Credentials for one cluster and the token that they sign: of a run, or of all who plan. */
export class EksSession {
  readonly options: EksOptions;
  readonly context: CloudContext;
  readonly description: ClusterDescription<EksEndpoint>;
  readonly credentials: AwsCredentials;
  readonly own: AwsCredentials;
  readonly refused: RefusedMarks;
  readonly #token: Kept<string>;

  constructor({ options, context, description, credentials, own, refused }: EksSessionInit) {
    this.options = options;
    this.context = context;
    this.description = description;
    this.credentials = credentials;
    this.own = own;
    this.refused = refused;
    this.#token = new Kept({
      clock: context.clock,
      renewBeforeEndMs: TOKEN_MARGIN_MS,
      uselessBeforeEndMs: TOKEN_MARGIN_MS,
      fetch: () => this.#mint(),
    });
  }

  /**
   * A token for the address of `endpoint`. Throws `cluster-unreachable` when EKS names another by now, and what
   * credentials and description throw.
   */
  async token(endpoint: EksEndpoint): Promise<string> {
    const token = await this.#token.get();
    this.description.check(endpoint);
    return token;
  }

  /** Asks EKS, with the session's own credentials. Throws what `describeEksCluster` throws. */
  describe(): Promise<EksEndpoint> {
    return describeEksCluster(this.options, this.credentials, this.context);
  }

  /** The server refused the token. What it was made from is asked for again too: it may have been revoked or moved. */
  forgetToken(): void {
    this.#token.forget();
    this.credentials.forget();
    this.description.doubt();
  }

  async #mint(): Promise<Fetched<string>> {
    // First: a description that can't be had is done without, and would wait for these too.
    const identity: AwsIdentity = await this.credentials.provide();
    const { clusterId } = await this.description.recent(() => this.describe());
    const now = this.context.clock.now();
    const value = await eksToken({
      ...{ identity, clusterId, now },
      region: this.options.region,
      host: stsHost(this.credentials.place),
    });
    const end = now.getTime() + TOKEN_LIFE_MS;
    return {
      value,
      endsAt: new Date(Math.min(end, identity.expiration?.getTime() ?? Number.POSITIVE_INFINITY)),
    };
  }
}
