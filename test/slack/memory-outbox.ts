import type { Notice, Run } from '../../src/flow/ledger.ts';
import type { Outbox, OutboxItem } from '../../src/flow/outbox.ts';

interface Entry {
  readonly item: Omit<OutboxItem, 'attempt' | 'cardTs'>;
  readonly state: 'due' | 'leased' | 'done' | 'abandoned';
  readonly tried: 'never' | 'maybe' | 'posted';
}

export interface Postponement {
  readonly id: string;
  readonly retryMs: number;
  readonly outcome: 'certainly not posted' | 'unsure';
}

/** An outbox in memory, for one deliverer. A message keeps its first `ts`. What is postponed is due again at once, so that no test waits. */
export class MemoryOutbox implements Outbox {
  readonly postponements: Postponement[] = [];
  readonly abandoned: { readonly id: string; readonly reason: string }[] = [];
  readonly #entries = new Map<string, Entry>();
  readonly #watchers = new Set<() => void>();
  #failing: Error | undefined;

  /** The run shall be shown; a notice that stands already becomes due for an edit. */
  owe(run: Run, notice: Notice): string {
    const id = `${run.id}/${notice}`;
    const before = this.#entries.get(id);
    const version = (before?.item.version ?? 0) + 1;
    const ts = before?.item.ts;
    const item = { id, run, notice, channel: run.plan.channel, version, ...(ts === undefined ? {} : { ts }) };
    this.#set(id, { item, state: 'due', tried: before?.tried ?? 'never' });
    return id;
  }

  /** As after a death: nothing is remembered but that it may have been posted. */
  forgetAnswer(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    const { ts: _ts, ...item } = entry.item;
    this.#set(id, { item, state: 'due', tried: 'maybe' });
  }

  failNextClaim(error: Error): void {
    this.#failing = error;
  }

  state(id: string): Entry['state'] | undefined {
    return this.#entries.get(id)?.state;
  }

  ts(id: string): string | undefined {
    return this.#entries.get(id)?.item.ts;
  }

  /** Resolves when `probe` holds; it is asked after every change. */
  async until(probe: () => boolean): Promise<void> {
    while (!probe()) await this.#changed();
  }

  claim(_leaseMs: number): Promise<OutboxItem | undefined> {
    const failing = this.#failing;
    this.#failing = undefined;
    if (failing !== undefined) return Promise.reject(failing);
    for (const [id, entry] of this.#entries) {
      if (entry.state !== 'due') continue;
      const cardTs = this.#entries.get(`${entry.item.run.id}/card`)?.item.ts;
      const attempt = { never: 'first', maybe: 'unsure', posted: 'edit' } as const;
      this.#entries.set(id, {
        ...entry,
        state: 'leased',
        tried: entry.tried === 'never' ? 'maybe' : entry.tried,
      });
      return Promise.resolve({
        ...entry.item,
        attempt: attempt[entry.tried],
        ...(cardTs === undefined ? {} : { cardTs }),
      });
    }
    return Promise.resolve(undefined);
  }

  shown(id: string, version: number, ts: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry === undefined) return Promise.resolve();
    const state = entry.item.version === version ? 'done' : 'due';
    this.#set(id, { item: { ...entry.item, ts: entry.item.ts ?? ts }, state, tried: 'posted' });
    return Promise.resolve();
  }

  postpone(id: string, retryMs: number, outcome: Postponement['outcome']): Promise<void> {
    this.postponements.push({ id, retryMs, outcome });
    const entry = this.#entries.get(id);
    if (entry === undefined) return Promise.resolve();
    const tried = entry.item.ts !== undefined ? 'posted' : outcome === 'unsure' ? 'maybe' : 'never';
    this.#set(id, { ...entry, state: 'due', tried });
    return Promise.resolve();
  }

  abandon(id: string, reason: string): Promise<void> {
    this.abandoned.push({ id, reason });
    const entry = this.#entries.get(id);
    if (entry !== undefined) this.#set(id, { ...entry, state: 'abandoned' });
    return Promise.resolve();
  }

  async wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted || [...this.#entries.values()].some((entry) => entry.state === 'due')) return;
    const aborted = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => aborted.resolve(), { once: true });
    await Promise.race([this.#changed(), aborted.promise]);
  }

  #set(id: string, entry: Entry): void {
    this.#entries.set(id, entry);
    for (const watcher of [...this.#watchers]) watcher();
  }

  #changed(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const watcher = (): void => {
      this.#watchers.delete(watcher);
      resolve();
    };
    this.#watchers.add(watcher);
    return promise;
  }
}
