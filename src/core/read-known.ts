import type { FieldValue, ObjectRef } from './change.ts';
import type { ClusterReader } from './cluster.ts';
import { fieldAt } from './field-at.ts';
import { isOnNode } from './made-kind.ts';
import { asLedgerKnows, netnsOf } from './netns.ts';
import { readIfThere } from './read-if-there.ts';

/** An object with what the ledger knows of it. */
export interface Known {
  readonly object: ObjectRef;
  /** The text of what Firebreak made, where it made the object. */
  readonly after: FieldValue;
  readonly madeUid?: string;
}

/**
 * An object as far as it can be known without an approval; undefined where there is none. Nobody looks into a node then: what
 * stands there is as the ledger has it, and is gone with the pod whose network it is in. Throws what the cluster throws.
 */
export const readKnown = async (
  reader: Pick<ClusterReader, 'get'>,
  { object, after, madeUid }: Known,
  signal: AbortSignal,
): Promise<unknown> => {
  if (!isOnNode(object)) return await readIfThere(reader, object, signal);
  if (typeof after !== 'string') return undefined;
  const { pod } = netnsOf(after).spec;
  const raw = await readIfThere(reader, { kind: 'pod', ...pod }, signal);
  return fieldAt(raw, ['metadata', 'uid']) === pod.uid ? asLedgerKnows(after, madeUid) : undefined;
};
