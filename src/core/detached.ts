import type { FieldChange } from './change.ts';
import { isMark } from './marks.ts';

/** Verbs whose runs can isolate a pod, and take it out of its controller. */
export const ISOLATING_VERBS: ReadonlySet<string> = new Set(['isolate', 'contain']);

/**
 * Whether an isolation took this label off its pod, so that its controller no longer knows it. Putting it back makes the
 * controller delete a pod, perhaps this one (observed on Kubernetes 1.36): it is a step of its own, and never part of an undo.
 */
export const isDetached = (verb: string, field: Pick<FieldChange, 'path' | 'before' | 'after'>): boolean =>
  ISOLATING_VERBS.has(verb) &&
  field.path[0] === 'metadata' &&
  field.path[1] === 'labels' &&
  field.before !== null &&
  field.after === null &&
  !isMark(field);
