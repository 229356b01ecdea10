import type { CloudContext } from '../../core/cloud.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { type GoogleCredentials, googleCredentials } from '../google/google-credentials.ts';
import { isGoogleOutage } from '../google/google-failure.ts';
import { describeGkeCluster } from './gke-describe.ts';
import { type GkeEndpoint, sameGkeAddress } from './gke-endpoint.ts';
import type { GkeOptions } from './gke-options.ts';

/** A new token goes to an address that GKE named within this time, or was asked for again. */
const DESCRIPTION_LIFE_MS = 5 * 60_000;

/** One GKE cluster by one identity: its description and its token, shared by all who use it. */
export class GkeCluster {
  readonly options: GkeOptions;
  readonly credentials: GoogleCredentials;
  readonly context: CloudContext;
  readonly #met = new WeakSet<CloudContext>();
  #endpoint: GkeEndpoint | undefined;
  #describedAt = 0;
  #describing: Promise<GkeEndpoint> | undefined;
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
  }

  /** What GKE said last. */
  get endpoint(): GkeEndpoint | undefined {
    return this.#endpoint;
  }

  /**
   * Where the cluster is. Each run has a context of its own, and need not ask what another just heard; who connects once
   * more by the same one met a failure, and the address may be an old one.
   */
  async connect(context: CloudContext): Promise<GkeEndpoint> {
    if (this.#met.has(context)) return this.#look();
    this.#met.add(context);
    return this.#recent();
  }

  /**
   * Asks GKE where the cluster is; who asks at the same time shares the answer. An outage of Google's API does not keep
   * anyone from a cluster whose address and CA are known.
   */
  async #look(): Promise<GkeEndpoint> {
    this.#describing ??= this.#describe().finally(() => {
      this.#describing = undefined;
    });
    try {
      return await this.#describing;
    } catch (error) {
      const known = this.#endpoint;
      if (known !== undefined && isGoogleOutage(error)) return known;
      throw error;
    }
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
    if (this.#endpoint !== undefined && !sameGkeAddress(this.#endpoint, endpoint)) throw this.#moved();
    return text;
  }

  /** The server refused the token. Where the cluster is is asked for again too: it may have moved. */
  forgetToken(): void {
    this.credentials.forget();
    this.#token = undefined;
    this.#describedAt = 0;
  }

  async #ask(): Promise<string> {
    const { token } = await this.credentials.provide();
    // A new token never goes to an address that was named long ago.
    if (token.text !== this.#token) await this.#recent();
    this.#token = token.text;
    return token.text;
  }

  async #recent(): Promise<GkeEndpoint> {
    const known = this.#endpoint;
    return known !== undefined && this.#now() - this.#describedAt < DESCRIPTION_LIFE_MS
      ? known
      : await this.#look();
  }

  async #describe(): Promise<GkeEndpoint> {
    const endpoint = await describeGkeCluster(this.options, this.credentials);
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
      message: `GKE now names another address or CA for cluster ${this.context.cluster}.`,
      next: 'Ask again: Firebreak then takes the new one.',
      retry: 'retry can help',
    });
  }
}
