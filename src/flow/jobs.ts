/** Hands each queued run to exactly one live worker; a dead worker's run comes back within 15 s. */
export interface Jobs {
  /** `handle` throws to have the run handed out again. Its signal aborts when this process is stopping. */
  start(handle: (run: string, signal: AbortSignal) => Promise<void>): Promise<void>;
  /** Stops taking runs, aborts those at work so that another worker takes them over, and waits for their handlers. */
  stop(): Promise<void>;
}
