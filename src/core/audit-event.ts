import type { Person } from './person.ts';

/** Every event of the trail. `docs/audit-format.md` explains each. */
export const AUDIT_EVENT_TYPES = [
  'case.opened',
  'run.requested',
  'decision.given',
  'decision.refused-by-policy',
  'run.denied',
  'run.expired',
  'run.queued',
  'run.cancelled',
  'run.cancel-requested',
  'run.started',
  'run.taken-over',
  'evidence.superseded',
  'evidence.stored',
  'evidence.sealed',
  'change.intended',
  'change.settled',
  'isolation.proved',
  'isolation.not-proved',
  'run.time-up',
  'link.issued',
  'run.succeeded',
  'run.incomplete',
  'run.failed',
] as const;
export type AuditEventType = (typeof AUDIT_EVENT_TYPES)[number];

/**
 * Who did it. Firebreak itself acts as `system`, named by the part that acted. `host` is a user of the operating system
 * that Firebreak runs on, by number; nobody checked that they are the person whom they speak for.
 */
export type Actor =
  | ({ readonly kind: 'person' } & Person)
  | { readonly kind: 'host'; readonly uid: number; readonly speaksFor: Person }
  | { readonly kind: 'system'; readonly part: string };

export interface AuditEvent {
  readonly type: AuditEventType;
  readonly actor: Actor;
  readonly case: string;
  readonly run?: string;
  /** JSON values only; no free text and no personal names. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Free text and personal names. It stands beside the chain, which holds its salted hash, so that it can be erased. */
  readonly texts?: Readonly<Record<string, string>>;
}
