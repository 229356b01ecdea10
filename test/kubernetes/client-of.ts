import type { Clock } from '../../src/core/clock.ts';
import type { ClusterAccess } from '../../src/core/cloud.ts';
import {
  type ClusterClientOptions,
  createClusterClient,
  type KubernetesClient,
} from '../../src/kubernetes/cluster-client.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';

/** Access to a test's own server with one fixed token. */
export const fixedAccess = (server: URL, caPem: string, token = 'a-test-token'): ClusterAccess => ({
  server,
  caPem,
  token: () => Promise.resolve(token),
  forgetToken: () => undefined,
  caller: () => Promise.resolve({ source: 'a test', warnings: [] }),
});

export const clientOf = (
  access: ClusterAccess,
  more: Partial<Omit<ClusterClientOptions, 'access'>> = {},
): KubernetesClient =>
  createClusterClient({ access, cluster: 'lab', userAgent: 'firebreak/test', clock: systemClock, ...more });

/** A clock that a test moves; a sleeper wakes when its time has come. */
export class TestClock implements Clock {
  #nowMs = 0;
  #sleepers: Array<{ readonly atMs: number; readonly wake: () => void }> = [];

  now(): Date {
    return new Date(this.#nowMs);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) reject(signal.reason);
      this.#sleepers.push({ atMs: this.#nowMs + ms, wake: resolve });
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  /** Moves on by `ms`, one sleeper after the other, each with the time that it asked for. */
  async advance(ms: number): Promise<void> {
    const end = this.#nowMs + ms;
    for (;;) {
      const next = this.#sleepers.filter(({ atMs }) => atMs <= end).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#sleepers = this.#sleepers.filter((one) => one !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.wake();
      // The woken one runs up to its next sleep.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#nowMs = end;
  }
}
