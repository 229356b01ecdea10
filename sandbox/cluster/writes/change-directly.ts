import type { KubeObject } from '../api/kube-object.ts';
import { mergePatch } from './merge-patch.ts';
import { objectFrom } from './object-from.ts';
import { recordUpdate } from './record-update.ts';
import { withoutEmpty } from './without-empty.ts';

/** A change by somebody beside the API's users: a merge patch, or a function of the object. */
export type DirectChange = Readonly<Record<string, unknown>> | ((object: KubeObject) => unknown);

/** The object after it, with the manager on record. Throws when no object is left. */
export function changeDirectly(
  before: KubeObject,
  change: DirectChange,
  manager: string,
  now: Date,
): KubeObject {
  const after = objectFrom(typeof change === 'function' ? change(before) : mergePatch(before, change));
  if (after === undefined) throw new Error('the change leaves no object of the API');
  return recordUpdate(before, withoutEmpty(after), manager, now);
}
