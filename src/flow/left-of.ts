import { isMade } from '../core/change.ts';
import type { ClusterReader } from '../core/cluster.ts';
import { isDetached } from '../core/detached.ts';
import { fieldName } from '../core/field-at.ts';
import { type HeldField, heldFields } from '../core/held-fields.ts';
import { isMark, pathKey } from '../core/marks.ts';
import { readIfThere } from '../core/read-if-there.ts';
import { isObjectPath } from '../core/structure.ts';
import { targetName } from '../core/target.ts';
import type { FlowDeps } from './deps.ts';
import type { Run } from './ledger.ts';
import { readMetadata } from './read-object.ts';

interface Looking {
  readonly ledger: Pick<FlowDeps['ledger'], 'history' | 'changesOf'>;
  readonly client: Pick<ClusterReader, 'get'>;
}

/** A question about each object that is still held; the run waits for its end. */
const LOOK_FOR_MS = 10_000;

/** Whether the object on which something is held is gone: then nothing is. Who can't be asked counts as there. */
const isGone = async ({ client }: Looking, { object, madeUid }: HeldField): Promise<boolean> => {
  try {
    const raw = await readIfThere(client, object, AbortSignal.timeout(LOOK_FOR_MS));
    if (raw === undefined) return true;
    const { uid } = readMetadata(raw, object.kind);
    return isMade(object) ? madeUid !== undefined && uid !== madeUid : uid !== object.uid;
  } catch {
    return false;
  }
};

const leftOn = async (
  looking: Looking,
  run: Run,
  undone: string,
  uid: string,
): Promise<readonly string[]> => {
  const history = await looking.ledger.history([run.plan.cluster.name], uid);
  const its = new Set(
    history
      .filter((change) => change.run === undone)
      .flatMap(({ fields }) => fields.map(({ path }) => pathKey(path))),
  );
  const held = heldFields(history).filter((field) => !isMark(field) && its.has(pathKey(field.path)));
  const [first] = held;
  if (first === undefined || (await isGone(looking, first))) return [];
  const isTarget = run.plan.targets[0]?.uid === uid;
  return held.map((field) => {
    const name = targetName(field.object);
    const what = isObjectPath(field.path) ? name : `${fieldName(field)}${isTarget ? '' : ` of ${name}`}`;
    if (field.run === undone && isDetached(field.verb, field))
      return `${fieldName(field)} stays off until \`/k8s release … --return\`.`;
    return field.run === undone
      ? `Someone changed ${what} since, which is left as it is.`
      : `${field.run} set ${what} since, which is left as it is.`;
  });
};

/**
 * Which of what a run had changed or made does not stand as before it, though it was undone: somebody changed it since,
 * which an undo leaves. Each is a sentence. On what is gone nothing is left.
 */
export const leftOf = async (looking: Looking, run: Run, undone: string): Promise<readonly string[]> => {
  const changed = await looking.ledger.changesOf(undone);
  const objects = new Set(
    changed.filter(({ state }) => state !== 'not applied').map(({ object }) => object.uid),
  );
  return (await Promise.all([...objects].map((uid) => leftOn(looking, run, undone, uid)))).flat();
};
