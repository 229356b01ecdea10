/** `later`: the run waits for something that another run holds; it is handed out again in a moment, behind all others that wait. */
export type Handled = 'done' | 'later';

/** Hands each queued run to exactly one live worker; a dead worker's run comes back within 15 s. */
export interface Jobs {
  /** `handle` throws to have the run handed out again. Its signal aborts when this process is stopping. */
  start(handle: (run: string, signal: AbortSignal) => Promise<Handled>): Promise<void>;
  /** Stops taking runs, aborts those at work so that another worker takes them over, and waits for their handlers. */
  stop(): Promise<void>;
}
