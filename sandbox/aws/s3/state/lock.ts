export const RETENTION_MODES = ['GOVERNANCE', 'COMPLIANCE'] as const;
export type RetentionMode = (typeof RETENTION_MODES)[number];

export interface Retention {
  readonly mode: RetentionMode;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** Object Lock of one version. Retention and legal hold are independent of each other. */
export interface Lock {
  readonly retention: Retention | undefined;
  readonly legalHold: 'ON' | 'OFF' | undefined;
}

export interface DefaultRetention {
  readonly mode: RetentionMode;
  readonly days: number;
}

const DAY_MS = 24 * 60 * 60_000;

export function retentionFrom(rule: DefaultRetention, now: number): Retention {
  return { mode: rule.mode, until: now + rule.days * DAY_MS };
}

export type Bypass = 'bypasses governance' | 'does not bypass';

/** Whether Object Lock keeps this version from being deleted for good. */
export function isProtected(lock: Lock, now: number, bypass: Bypass): boolean {
  if (lock.legalHold === 'ON') return true;
  if (lock.retention === undefined || lock.retention.until <= now) return false;
  return lock.retention.mode === 'COMPLIANCE' || bypass === 'does not bypass';
}

/** Whether the retention in force forbids this change: compliance only grows, governance gives way to a bypass. */
export function forbidsChange(
  current: Retention | undefined,
  next: Retention | undefined,
  now: number,
  bypass: Bypass,
): boolean {
  if (current === undefined || current.until <= now) return false;
  const grows =
    next !== undefined &&
    next.until >= current.until &&
    (next.mode === current.mode || next.mode === 'COMPLIANCE');
  if (grows) return false;
  return current.mode === 'COMPLIANCE' || bypass === 'does not bypass';
}
