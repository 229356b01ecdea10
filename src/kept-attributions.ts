import type { Clock } from './core/clock.ts';
import type { ClusterReader } from './core/cluster.ts';
import type { ClusterEntry } from './core/cluster-entry.ts';
import { toFirebreakError } from './core/firebreak-error.ts';
import { type Attribution, attributionOf } from './flow/attribution.ts';

/** How long a change of what an identity may impersonate can go unseen. */
const KEEP_MS = 5 * 60_000;
/** For all of its reviews; they go out together. */
const REVIEWS_DEADLINE_MS = 20_000;

interface Kept {
  readonly attribution: Promise<Attribution>;
  readonly untilMs: number;
}

/** What each identity may impersonate in each cluster: asked once for all who want to know, and again after a while. */
export class KeptAttributions {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /**
   * `reader` is the identity itself. A failure is not kept, and is told to the one whose reader it was alone: that one's
   * run may have ended, and its connection with it.
   */
  of(
    cluster: Pick<ClusterEntry, 'name' | 'namespaces'>,
    identity: string,
    reader: Pick<ClusterReader, 'allowed'>,
  ): Promise<Attribution> {
    const key = `${cluster.name} ${identity}`;
    const now = this.#clock.monotonicMs();
    const kept = this.#kept.get(key);
    if (kept !== undefined && now < kept.untilMs)
      return kept.attribution.catch(() => this.of(cluster, identity, reader));
    const attribution = ask(reader, cluster);
    this.#kept.set(key, { attribution, untilMs: now + KEEP_MS });
    attribution.catch(() => {
      if (this.#kept.get(key)?.attribution === attribution) this.#kept.delete(key);
    });
    return attribution;
  }
}

/** One that may not even ask is taken for one that may not impersonate. */
const ask = async (
  reader: Pick<ClusterReader, 'allowed'>,
  cluster: Pick<ClusterEntry, 'name' | 'namespaces'>,
): Promise<Attribution> => {
  try {
    return await attributionOf(reader, cluster, AbortSignal.timeout(REVIEWS_DEADLINE_MS));
  } catch (thrown) {
    if (toFirebreakError(thrown).code !== 'not-allowed') throw thrown;
    return { kind: 'user agent', why: 'it may not ask what it may impersonate' };
  }
};
