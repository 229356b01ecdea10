import { isMade, UNDO_VERB } from '../core/change.ts';
import { canBeUndone } from '../core/effect.ts';
import { fieldAt, fieldName, sameValue, stands, valueText } from '../core/field-at.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { type HeldField, heldFields, stillHeld } from '../core/held-fields.ts';
import { isOnNode } from '../core/made-kind.ts';
import { isMark } from '../core/marks.ts';
import { readKnown } from '../core/read-known.ts';
import { reverseCommand } from '../core/reverse-command.ts';
import { isLeftToProve } from '../core/run-part.ts';
import { isObjectPath } from '../core/structure.ts';
import { targetName } from '../core/target.ts';
import type { FlowDeps } from './deps.ts';
import { PLANNING_DEADLINE_MS } from './deps.ts';
import { proofAges } from './proofs/proof-ages.ts';
import { readMetadata } from './read-object.ts';
import type { Reply } from './use-cases.ts';

/** Objects whose present state is looked up for one answer; the others are listed as they were left. */
const MOST_OBJECTS = 20;

interface HeldObject {
  readonly fields: readonly [HeldField, ...HeldField[]];
  readonly now: { readonly kind: 'there'; readonly raw: unknown } | { readonly kind: 'gone' | 'not read' };
}

/** Whether the object that was read is the one on which something is held. */
const isThat = ({ object, madeUid }: HeldField, raw: unknown): boolean => {
  const { uid } = readMetadata(raw, object.kind);
  return isMade(object) ? madeUid === undefined || uid === madeUid : uid === object.uid;
};

const look = async (
  { clusters }: FlowDeps,
  [field]: HeldObject['fields'],
  signal: AbortSignal,
): Promise<HeldObject['now']> => {
  try {
    const reader = await clusters.reader(field.cluster, signal);
    const raw = await readKnown(reader, field, signal);
    if (raw === undefined || !isThat(field, raw)) return { kind: 'gone' };
    return isOnNode(field.object) ? { kind: 'not read' } : { kind: 'there', raw };
  } catch (thrown) {
    if (signal.aborted || thrown instanceof FirebreakError) return { kind: 'not read' };
    throw thrown;
  }
};

const line = (field: HeldField, now: HeldObject['now'], elsewhere: ReadonlySet<string>): string => {
  if (isObjectPath(field.path)) return madeLine(field, now, elsewhere);
  const is = now.kind === 'there' ? fieldAt(now.raw, field.path) : undefined;
  const drifted =
    is === undefined
      ? '; not looked up now'
      : sameValue(is, field.after)
        ? ''
        : `; now ${valueText(is)}, changed by someone else`;
  return `  ${fieldName(field)}: ${valueText(field.after)}, was ${valueText(field.before)}${byWhom(field, elsewhere)}${drifted}`;
};

const byWhom = ({ run, verb, state }: HeldField, elsewhere: ReadonlySet<string>): string =>
  `${state === 'unknown' ? ' (outcome unknown)' : ''}, by ${run} (${verb}${elsewhere.has(run) ? ', in another channel' : ''})`;

const madeLine = (field: HeldField, now: HeldObject['now'], elsewhere: ReadonlySet<string>): string => {
  const drifted =
    now.kind !== 'there'
      ? '; not looked up now'
      : stands(now.raw, field.path, field.after)
        ? ''
        : '; changed by someone else since';
  // What it takes on a node is longer than a line, and has what a line can't show as it is.
  const byHand = isOnNode(field.object)
    ? `the command is in the thread of ${field.run}`
    : reverseCommand({ object: field.object, fields: [field] });
  return `  made${byWhom(field, elsewhere)}${drifted}; by hand: ${byHand}`;
};

/** What of it is still held by what stands there; undefined when nothing is. */
const stillThere = ({ fields, now }: HeldObject): HeldObject | undefined => {
  if (now.kind === 'gone') return undefined;
  if (now.kind !== 'there') return { fields, now };
  const [first, ...more] = stillHeld(fields, now.raw);
  return first === undefined ? undefined : { fields: [first, ...more], now };
};

/** Runs that were asked for in another channel: only there can they be undone. */
const runsElsewhere = async (
  { ledger }: FlowDeps,
  runs: Iterable<string>,
  channel: string,
): Promise<ReadonlySet<string>> => {
  const found = await Promise.all([...runs].map((id) => ledger.run(id)));
  return new Set(found.flatMap((run) => (run === undefined || run.plan.channel === channel ? [] : [run.id])));
};

/** Runs of which something is held that their proof is about. */
const stillProven = async (
  { ledger, verbs }: FlowDeps,
  fields: readonly HeldField[],
): Promise<readonly string[]> => {
  const runs = await Promise.all(
    [...Map.groupBy(fields, ({ run }) => run)].map(async ([run, held]) => {
      const verb = verbs.find(({ name }) => name === held[0]?.verb);
      return isLeftToProve(verb, await ledger.changesOf(run), held) ? [run] : [];
    }),
  );
  return runs.flat();
};

/** The newest of them whose run this channel can undo. */
const lastUndoable = async (
  { ledger }: FlowDeps,
  fields: readonly HeldField[],
  elsewhere: ReadonlySet<string>,
): Promise<HeldField | undefined> => {
  for (const field of fields.toReversed()) {
    if (field.verb === UNDO_VERB || elsewhere.has(field.run)) continue;
    const run = await ledger.run(field.run);
    if (run !== undefined && canBeUndone(run.plan.effect)) return field;
  }
  return undefined;
};

/**
 * What Firebreak still holds on the clusters that this channel may reach: by its own ledger, and by what stands there now.
 * Objects that are gone hold nothing, and neither do fields that someone returned by hand.
 */
export const inForce = async (
  deps: FlowDeps,
  clusters: readonly string[],
  channel: string,
): Promise<Reply> => {
  const held = heldFields(await deps.ledger.history(clusters)).filter((field) => !isMark(field));
  const byObject = [...Map.groupBy(held, ({ cluster, object }) => `${cluster}/${object.uid}`).values()];
  const signal = AbortSignal.timeout(PLANNING_DEADLINE_MS);
  const objects = await Promise.all(
    byObject.flatMap(([first, ...more], index) => {
      if (first === undefined) return [];
      const fields = [first, ...more] as const;
      const now = index < MOST_OBJECTS ? look(deps, fields, signal) : ({ kind: 'not read' } as const);
      return [(async (): Promise<HeldObject> => ({ fields, now: await now }))()];
    }),
  );
  const there = objects.flatMap((object) => stillThere(object) ?? []);
  if (there.length === 0)
    return { kind: 'say', text: 'Firebreak holds nothing on the clusters of this channel.' };
  const fields = there.flatMap((object) => object.fields);
  const elsewhere = await runsElsewhere(deps, new Set(fields.map(({ run }) => run)), channel);
  const ours = await lastUndoable(deps, fields, elsewhere);
  return {
    kind: 'say',
    text: `Firebreak holds ${there.length} object${there.length === 1 ? '' : 's'} on the clusters of this channel:`,
    lines: [
      ...there.flatMap((object) => [
        `${targetName(object.fields[0].object)} on ${object.fields[0].cluster}`,
        ...object.fields.map((field) => line(field, object.now, elsewhere)),
      ]),
      ...(await proofAges(deps, await stillProven(deps, fields))),
    ],
    ...(ours === undefined ? {} : { example: `/k8s undo ${ours.run}` }),
  };
};
