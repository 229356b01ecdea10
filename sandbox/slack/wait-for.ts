import type { SocketMode } from './socket-mode.ts';
import type { Visible } from './visible.ts';
import type { World } from './world.ts';

export interface WaitOptions {
  readonly signal?: AbortSignal;
  /** Real time, in milliseconds; 30 s when left out. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** Something that can be looked at again after it changed. */
interface Watched<T> {
  look(): T | undefined | null | false;
  watch(watcher: () => void): Disposable;
  describe(): string;
}

/**
 * Resolves with the first value of `probe` that is neither undefined, null nor false. The probe runs at once and after
 * each change of what people see; nothing polls. Rejects with what could be seen when the time is up.
 */
export function waitForVisible<T>(
  world: World,
  probe: (visible: Visible) => T | undefined | null | false,
  describe: () => string,
  options: WaitOptions = {},
): Promise<T> {
  const watched = {
    look: () => probe(world.visible),
    watch: (watcher: () => void) => world.watch(watcher),
    describe: () => `Visible now:\n${describe()}`,
  };
  return waitFor(watched, options);
}

/** Resolves when the number of open Socket Mode connections is one that `enough` accepts. */
export async function waitForConnections(
  sockets: SocketMode,
  enough: (open: number) => boolean,
  options: WaitOptions,
): Promise<void> {
  await waitFor(
    {
      look: () => enough(sockets.connections),
      watch: (watcher) => sockets.watch(watcher),
      describe: () => `${sockets.connections} connections are open`,
    },
    options,
  );
}

function waitFor<T>(watched: Watched<T>, options: WaitOptions): Promise<T> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  return new Promise<T>((resolve, reject) => {
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      watching[Symbol.dispose]();
      options.signal?.removeEventListener('abort', abort);
      finish();
    };
    const look = (): void => {
      try {
        const found = watched.look();
        if (found === undefined || found === null || found === false) return;
        settle(() => resolve(found));
      } catch (error) {
        settle(() => reject(error instanceof Error ? error : new Error(String(error))));
      }
    };
    const abort = (): void =>
      settle(() => reject(new Error('the wait was aborted', { cause: options.signal?.reason })));
    const timer = setTimeout(
      () => settle(() => reject(new Error(`not seen within ${timeoutMs} ms. ${watched.describe()}`))),
      timeoutMs,
    );
    const watching = watched.watch(look);
    options.signal?.addEventListener('abort', abort);
    if (options.signal?.aborted) abort();
    else look();
  });
}
