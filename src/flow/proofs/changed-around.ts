import { z } from 'zod';
import type { Change } from '../../core/change.ts';
import type { ClusterReader } from '../../core/cluster.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { lastWriter } from '../../core/last-writer.ts';
import type { Nearby } from '../../core/proof-round.ts';
import { OBJECT_PATH } from '../../core/structure.ts';
import { collectionPath, type Target } from '../../core/target.ts';
import { readMetadata } from '../read-object.ts';

/** The API server's clock and the database's may differ. */
const CLOCK_LEEWAY_MS = 60_000;

const createdSchema = z.looseObject({
  metadata: z.looseObject({ creationTimestamp: z.string().default('') }),
});

/**
 * NetworkPolicies in the target's namespace that others made or wrote since the proof before: an allow beside a deny opens
 * what the deny had closed. What can't be read is left out. Throws nothing but the signal's reason.
 */
export const changedAround = async (
  reader: Pick<ClusterReader, 'list'>,
  {
    target,
    changes,
    since,
  }: { readonly target: Target; readonly changes: readonly Change[]; readonly since: Date | undefined },
  signal: AbortSignal,
): Promise<readonly Nearby[]> => {
  if (since === undefined || target.namespace === '') return [];
  const kind = 'networkpolicy';
  const from = since.getTime() - CLOCK_LEEWAY_MS;
  const own = new Set(changes.flatMap(({ madeUid }) => madeUid ?? []));
  try {
    const all = await reader.list(collectionPath({ kind, namespace: target.namespace }), {}, signal);
    return all.flatMap((raw): readonly Nearby[] => {
      const { name, namespace, uid } = readMetadata(raw, kind);
      const by = lastWriter(raw, OBJECT_PATH);
      if (own.has(uid) || by === undefined || Date.parse(by.at) < from) return [];
      const created = Date.parse(createdSchema.parse(raw).metadata.creationTimestamp);
      return [{ object: { kind, namespace, name, uid }, now: created >= from ? 'new' : 'changed', by }];
    });
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof FirebreakError) return [];
    throw thrown;
  }
};
