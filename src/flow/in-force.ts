import { fieldAt, fieldName, sameValue, valueText } from '../core/field-at.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { type HeldField, heldFields } from '../core/held-fields.ts';
import { isMark } from '../core/marks.ts';
import { targetName, targetPath } from '../core/target.ts';
import type { FlowDeps } from './deps.ts';
import { PLANNING_DEADLINE_MS } from './deps.ts';
import { readMetadata } from './read-object.ts';
import type { Reply } from './use-cases.ts';

/** Objects whose present state is looked up for one answer; the others are listed as they were left. */
const MOST_OBJECTS = 20;

interface HeldObject {
  readonly fields: readonly [HeldField, ...HeldField[]];
  readonly now: { readonly kind: 'there'; readonly raw: unknown } | { readonly kind: 'gone' | 'not read' };
}

const look = async (
  { clusters }: FlowDeps,
  [field]: HeldObject['fields'],
  signal: AbortSignal,
): Promise<HeldObject['now']> => {
  try {
    const reader = await clusters.reader(field.cluster, signal);
    const raw = await reader.get(targetPath(field.object), signal);
    return readMetadata(raw, field.object.kind).uid === field.object.uid
      ? { kind: 'there', raw }
      : { kind: 'gone' };
  } catch (thrown) {
    if (thrown instanceof FirebreakError && thrown.code === 'not-found') return { kind: 'gone' };
    if (signal.aborted || thrown instanceof FirebreakError) return { kind: 'not read' };
    throw thrown;
  }
};

const line = (field: HeldField, now: HeldObject['now']): string => {
  const is = now.kind === 'there' ? fieldAt(now.raw, field.path) : undefined;
  const drifted =
    is === undefined
      ? '; not looked up now'
      : sameValue(is, field.after)
        ? ''
        : `; now ${valueText(is)}, changed by someone else`;
  const sure = field.state === 'unknown' ? ' (outcome unknown)' : '';
  return `  ${fieldName(field)}: ${valueText(field.after)}, was ${valueText(field.before)}${sure}, by ${field.run} (${field.verb})${drifted}`;
};

/**
 * What Firebreak still holds on the clusters that this channel may reach, by its own ledger, with what stands there now.
 * Objects that are gone hold nothing.
 */
export const inForce = async (deps: FlowDeps, clusters: readonly string[]): Promise<Reply> => {
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
  const there = objects.filter(({ now }) => now.kind !== 'gone');
  if (there.length === 0)
    return { kind: 'say', text: 'Firebreak holds nothing on the clusters of this channel.' };
  const runs = new Set(there.flatMap(({ fields }) => fields.map(({ run }) => run)));
  return {
    kind: 'say',
    text: `Firebreak holds ${there.length} object${there.length === 1 ? '' : 's'} on the clusters of this channel:`,
    lines: there.flatMap(({ fields, now }) => [
      `${targetName(fields[0].object)} on ${fields[0].cluster}`,
      ...fields.map((field) => line(field, now)),
    ]),
    example: `/k8s undo ${[...runs].at(-1) ?? ''}`,
  };
};
