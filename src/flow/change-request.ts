import type { FieldChange, ObjectRef } from '../core/change.ts';
import type { WriteRequest } from '../core/cluster.ts';
import { boundPatch } from '../core/merge-patch.ts';
import { isEphemeralPath, isObjectPath } from '../core/structure.ts';
import { collectionPath, targetPath } from '../core/target.ts';

type Unsent<Request> = Request extends unknown ? Omit<Request, 'mode' | 'signal'> : never;
/** What is sent for a change, twice: to be tried, and for real. */
export type ChangeRequest = Unsent<WriteRequest>;

/** The object to which a call is bound: another one, or another state of it, is refused. */
export interface Bound {
  readonly uid: string;
  readonly resourceVersion: string;
}

const parsed = (text: unknown): unknown => JSON.parse(String(text));

/** The one call that makes a change true. */
export const changeRequest = (
  object: ObjectRef,
  fields: readonly FieldChange[],
  bound: Bound,
): ChangeRequest => {
  const whole = fields.find(({ path }) => isObjectPath(path));
  if (whole !== undefined)
    return whole.after === null
      ? { method: 'DELETE', path: targetPath(object), bound }
      : { method: 'POST', path: collectionPath(object), body: parsed(whole.after) };
  const path = targetPath(object);
  if (fields.some((field) => isEphemeralPath(field.path)))
    return {
      method: 'PATCH',
      type: 'strategic',
      path: { ...path, subresource: 'ephemeralcontainers' },
      body: {
        metadata: bound,
        spec: { ephemeralContainers: fields.map(({ after }) => parsed(after)) },
      },
    };
  return { method: 'PATCH', type: 'merge', path, body: boundPatch(fields, bound) };
};
