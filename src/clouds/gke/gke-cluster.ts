import type { CloudContext } from '../../core/cloud.ts';
import { ClusterDescription } from '../access/cluster-description.ts';
import { type GoogleCredentials, googleCredentials } from '../google/google-credentials.ts';
import { isGoogleOutage } from '../google/google-failure.ts';
import { describeGkeCluster } from './gke-describe.ts';
import { type GkeEndpoint, sameGkeAddress } from './gke-endpoint.ts';
import type { GkeOptions } from './gke-options.ts';

/** One GKE cluster by one identity: its description and its token, shared by all who use it. */
export class GkeCluster {
  readonly options: GkeOptions;
  readonly credentials: GoogleCredentials;
  readonly context: CloudContext;
  readonly #description: ClusterDescription<GkeEndpoint>;
  #token: string | undefined;
  #asking: Promise<string> | undefined;

  constructor(options: GkeOptions, context: CloudContext) {
    this.options = options;
    this.context = context;
    const { credentials: file, impersonate: target, delegates = [] } = options;
    this.credentials = googleCredentials({
      home: context.home,
      baseDir: context.baseDir,
      environment: context.environment,
      clock: context.clock,
      file,
      impersonation: target === undefined ? undefined : { target, delegates },
    });
    this.#description = new ClusterDescription({
      ...{ clock: context.clock, cluster: context.cluster },
      whenMoved: 'GKE now names another address or CA',
      isSame: sameGkeAddress,
      isOutage: isGoogleOutage,
    });
  }

  /** What GKE said last. */
  get endpoint(): GkeEndpoint | undefined {
    return this.#description.last;
  }

  /** Where the cluster is. Throws what credentials and description throw. */
  connect(context: CloudContext): Promise<GkeEndpoint> {
    return this.#description.connect(context, this.#describe);
  }

  /**
   * A token for the address of `endpoint`. Throws `cluster-unreachable` when GKE names another by now, and what
   * credentials and description throw.
   */
  async token(endpoint: GkeEndpoint): Promise<string> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    const text = await this.#asking;
    this.#description.check(endpoint);
    return text;
  }

  /** The server refused the token. Where the cluster is is asked for again too: it may have moved. */
  forgetToken(): void {
    this.credentials.forget();
    this.#token = undefined;
    this.#description.doubt();
  }

  async #ask(): Promise<string> {
    const { token } = await this.credentials.provide();
    // A new token never goes to an address that was named long ago.
    if (token.text !== this.#token) await this.#description.recent(this.#describe);
    this.#token = token.text;
    return token.text;
  }

  readonly #describe = (): Promise<GkeEndpoint> => describeGkeCluster(this.options, this.credentials);
}
