import type { Clock } from '../../core/clock.ts';
import type { CloudContext } from '../../core/cloud.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';

export interface ClusterDescriptionInit<Endpoint> {
  readonly clock: Pick<Clock, 'now'>;
  /** The cluster's name in the configuration. */
  readonly cluster: string;
  /** The beginning of a sentence: `EKS now names another address or CA`. */
  readonly whenMoved: string;
  /** What tells one way from another. */
  readonly isSame: (one: Endpoint, other: Endpoint) => boolean;
  /** Whether the cloud's API was asked and gave no answer that settles anything. */
  readonly isOutage: (error: unknown) => boolean;
}

/** Asks the cloud's API, with the credentials of whoever asks. */
export type Describe<Endpoint> = () => Promise<Endpoint>;

/** A new token goes to an address that the cloud named within this time, or was asked for again. */
const LIFE_MS = 5 * 60_000;

/** Where a cloud says that a cluster is, shared by all who use it with the same keys. */
export class ClusterDescription<Endpoint> {
  readonly #init: ClusterDescriptionInit<Endpoint>;
  readonly #met = new WeakSet<CloudContext>();
  #last: Endpoint | undefined;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<Endpoint> | undefined;

  constructor(init: ClusterDescriptionInit<Endpoint>) {
    this.#init = init;
  }

  /** What the cloud said last. */
  get last(): Endpoint | undefined {
    return this.#last;
  }

  /**
   * For who connects. Each run has a context of its own, and need not ask what another just heard; who connects once
   * more by the same one met a failure, and the address may be an old one. Throws what `describe` throws.
   */
  connect(context: CloudContext, describe: Describe<Endpoint>): Promise<Endpoint> {
    const isAgain = this.#met.has(context);
    this.#met.add(context);
    return isAgain ? this.#ask(describe) : this.recent(describe);
  }

  /** At most five minutes old. Throws what `describe` throws. */
  async recent(describe: Describe<Endpoint>): Promise<Endpoint> {
    return this.#last !== undefined && this.#nowMs() - this.#askedAtMs < LIFE_MS
      ? this.#last
      : this.#ask(describe);
  }

  /** Throws `cluster-unreachable` when the cloud names another way than `endpoint` by now. */
  check(endpoint: Endpoint): void {
    if (this.#last !== undefined && !this.#init.isSame(this.#last, endpoint)) throw this.moved();
  }

  moved(): FirebreakError {
    const { whenMoved, cluster } = this.#init;
    return new FirebreakError({
      code: 'cluster-unreachable',
      message: `${whenMoved} for cluster ${cluster}.`,
      next: 'Ask again: Firebreak then takes the new one.',
      retry: 'retry can help',
    });
  }

  /** Makes the next call ask anew: a token was refused where it led. */
  doubt(): void {
    this.#askedAtMs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Asks anew; who asks at the same time shares the answer. An outage of the cloud's API does not keep anyone from a
   * cluster whose address and CA are known.
   */
  async #ask(describe: Describe<Endpoint>): Promise<Endpoint> {
    this.#asking ??= this.#hear(describe).finally(() => {
      this.#asking = undefined;
    });
    try {
      return await this.#asking;
    } catch (error) {
      if (this.#last !== undefined && this.#init.isOutage(error)) return this.#last;
      throw error;
    }
  }

  async #hear(describe: Describe<Endpoint>): Promise<Endpoint> {
    const endpoint = await describe();
    this.#last = endpoint;
    this.#askedAtMs = this.#nowMs();
    return endpoint;
  }

  #nowMs(): number {
    return this.#init.clock.now().getTime();
  }
}
