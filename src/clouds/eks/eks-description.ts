import type { AwsCredentials } from '../aws/aws-credentials.ts';
import { isAwsOutage } from '../aws/aws-failure.ts';
import type { AwsSurroundings } from '../aws/aws-surroundings.ts';
import { describeEksCluster } from './eks-describe.ts';
import type { EksEndpoint } from './eks-endpoint.ts';
import type { EksOptions } from './eks-options.ts';

/** A new token goes to an address that EKS named within this time, or was asked for again. */
const LIFE_MS = 5 * 60_000;

/** Where EKS says that a cluster is, shared by all who use it with the same keys; each asks with its own credentials. */
export class EksDescription {
  readonly #options: EksOptions;
  readonly #surroundings: AwsSurroundings;
  #last: EksEndpoint | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<EksEndpoint> | undefined;

  constructor(options: EksOptions, surroundings: AwsSurroundings) {
    this.#options = options;
    this.#surroundings = surroundings;
  }

  /** What EKS said last. */
  get last(): EksEndpoint | undefined {
    return this.#last;
  }

  /** At most five minutes old. Throws what `ask` throws. */
  async recent(credentials: AwsCredentials): Promise<EksEndpoint> {
    return this.#last !== undefined && this.#now() - this.#askedAt < LIFE_MS
      ? this.#last
      : this.ask(credentials);
  }

  /**
   * Asks EKS anew; who asks at the same time shares the answer. An outage of the EKS API does not keep anyone from a
   * cluster whose address and CA are known. Throws `cluster-unreachable`, `cluster-credentials`, `cluster-throttled`,
   * `config-invalid`.
   */
  async ask(credentials: AwsCredentials): Promise<EksEndpoint> {
    this.#asking ??= describeEksCluster(this.#options, credentials, this.#surroundings).finally(() => {
      this.#asking = undefined;
    });
    try {
      const endpoint = await this.#asking;
      this.#last = endpoint;
      this.#askedAt = this.#now();
      return endpoint;
    } catch (error) {
      if (this.#last !== undefined && isAwsOutage(error)) return this.#last;
      throw error;
    }
  }

  /** Makes the next call ask anew: a token was refused where it led. */
  doubt(): void {
    this.#askedAt = Number.NEGATIVE_INFINITY;
  }

  #now(): number {
    return this.#surroundings.clock.now().getTime();
  }
}
