/**
 * planned ▶ waiting for approval; queued ▶ approved, waiting for a worker; running ▶ a worker holds it by its fencing
 * number; the others are ends.
 */
export const RUN_STATES = [
  'planned',
  'queued',
  'running',
  'succeeded',
  'incomplete',
  'failed',
  'denied',
  'expired',
  'cancelled',
] as const;
export type RunState = (typeof RUN_STATES)[number];

const NEXT: Readonly<Record<RunState, readonly RunState[]>> = {
  planned: ['queued', 'denied', 'expired', 'cancelled'],
  queued: ['running', 'failed', 'cancelled'],
  running: ['running', 'succeeded', 'incomplete', 'failed', 'cancelled'],
  succeeded: [],
  incomplete: [],
  failed: [],
  denied: [],
  expired: [],
  cancelled: [],
};

/** running ▶ running is a takeover: another worker, the next fencing number. */
export const mayFollow = (from: RunState, to: RunState): boolean => NEXT[from].includes(to);

export const hasEnded = (state: RunState): boolean => NEXT[state].length === 0;
