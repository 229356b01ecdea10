import type { Change, FieldChange } from '../core/change.ts';
import { isDetached } from '../core/detached.ts';
import { fieldAt, fieldName } from '../core/field-at.ts';
import { kindNames } from '../core/kind.ts';
import { isMark, RUN_PATH } from '../core/marks.ts';
import { isObjectPath } from '../core/structure.ts';
import { targetName } from '../core/target.ts';
import { tookAway } from '../core/took-away.ts';
import type { Verb, WantedWrite } from '../core/verb.ts';
import { listed, notPlanned, patchMethod, SEE_IN_FORCE, shown, writeMethod } from './changes/change-words.ts';
import { putBack } from './changes/put-back.ts';
import { containersLeft, putBackElsewhere } from './changes/put-back-elsewhere.ts';
import { visitingNodes } from './changes/visiting-nodes.ts';
import { LABEL_READS, labelRisks } from './labels/label-risks.ts';
import { setFree } from './node/set-free.ts';

export const undo: Verb = {
  name: 'undo',
  summary: 'Puts back what a run changed, as far as it stands as that run left it.',
  effect: 'change',
  takes: 'run',
  kinds: kindNames,
  container: 'none',
  leavesEvidence: 'nothing',
  flags: {},
  onTarget: ['get', 'patch'],
  permissions: [],
  footholds: [
    { kind: 'probe pod', use: 'end', when: 'as planned' },
    { kind: 'node pod', use: 'start', when: 'as planned' },
    { kind: 'node pod', use: 'end', when: 'as planned' },
  ],
  alsoReads: LABEL_READS,
  examples: ['/k8s undo FB-2026-0007-3 --reason "case closed"'],
  limits: [
    'What someone changed since is shown and left as it is.',
    'What followed from the change is not undone: a pod that a controller started or deleted stays so.',
  ],

  plan: async (context) => {
    const { target, object, held, undoes, undoesElsewhere, arguments: given } = context;
    const run = String(given['run'] ?? '');
    const gone = object === undefined;
    const away = tookAway(undoesElsewhere.flatMap(({ changes }) => changes));
    // Its label alone would say of the target what is not so any more.
    if (away.length > 0)
      throw notPlanned(
        `${run} took ${listed(away.map(targetName))} away, which an undo does not make again.`,
        'Ask for what it ended anew, as a run of its own.',
      );
    const detached = undoes.flatMap(({ verb, fields: done }) =>
      done.filter((field) => isDetached(verb, field)),
    );
    const { fields, returned, already, drifted, endsToo } = gone
      ? NOTHING
      : putBack(withoutDetached(undoes), object, held, run);
    const others = putBackElsewhere(undoesElsewhere, run);
    const why = [...already, ...drifted, ...[...others.notes, ...others.risks].map(withoutStop)];
    // Someone may have put the fields back by hand and left the marks.
    const stale = returned.length > 0 && drifted.length === 0 && fieldAt(object, RUN_PATH) === run;
    if (fields.length === 0 && !stale && others.writes.length === 0)
      throw notPlanned(
        `Nothing that ${run} changed on ${targetName(target)} is left to put back: ${why.join('; ') || 'it changed nothing'}.`,
        SEE_IN_FORCE,
      );
    const wanted = [...fields, ...returned].map(({ path, value }) => ({ path, value }));
    const onTarget: readonly WantedWrite[] =
      wanted.length === 0 ? [] : [{ action: 'set', step: '', fields: wanted }];
    const visits = visitingNodes(context.entry, target, gone ? 'gone' : 'there', others.writes);
    return {
      methods: [
        ...(onTarget.length === 0 ? [] : [patchMethod(target)]),
        ...visits.methods,
        ...others.writes.map((write) => writeMethod(write)),
      ],
      writes: (names) => [...onTarget, ...visits.writes(names)],
      leaves: [
        'What else Firebreak holds on it stays, and stays marked.',
        ...staysOut(detached),
        ...containersLeft(undoes),
      ],
      risks: [
        ...(gone ? [`${targetName(target)} itself is gone: only what stands elsewhere is put back.`] : []),
        ...(gone ? [] : await labelRisks(context, fields)),
        ...setFree(fields),
        ...drifted.map((one) => `${one}: left as it is.`),
        ...endsToo,
        ...others.risks,
      ],
      notes: [
        ...fields.map(
          (field) => `Puts ${fieldName(field)} back from ${shown(field.now)} to ${shown(field.value)}.`,
        ),
        ...already.map((one) => `${one}: nothing to do.`),
        ...others.notes,
      ],
    };
  },

  execute: async ({ target, change, progress, arguments: given }) => {
    progress({ phase: 'change', bytes: 0 });
    const changes = await change();
    // A pod by which it reached the node has come and gone.
    const own = new Set(changes.filter(isMaking).map(({ object }) => object.uid));
    const lasting = changes.filter(({ object }) => !own.has(object.uid));
    const back = lasting.flatMap(({ object, fields }) =>
      fields
        .filter((field) => !isMark(field))
        .map((field) =>
          isObjectPath(field.path)
            ? `${targetName(object)} is gone`
            : `${fieldName(field)}${object.uid === target.uid ? '' : ` of ${targetName(object)}`} is ${shown(field.after)} again`,
        ),
    );
    return {
      summary: `${String(given['run'] ?? 'The run')} is undone on ${targetName(target)}: ${listed(back)}.`,
      findings: [],
    };
  },
};

const isMaking = ({ fields }: Pick<Change, 'fields'>): boolean =>
  fields.some(({ path, after }) => isObjectPath(path) && after !== null);

/** A sentence as a part of another one. */
const withoutStop = (text: string): string => text.replace(/\.$/u, '');

const NOTHING: ReturnType<typeof putBack> = {
  fields: [],
  returned: [],
  already: [],
  drifted: [],
  endsToo: [],
};

/** What is undone, without what only a return to its controller puts back. */
const withoutDetached = (undoes: readonly Change[]): readonly Change[] =>
  undoes.map((change) => ({
    ...change,
    fields: change.fields.filter((field) => !isDetached(change.verb, field)),
  }));

const staysOut = (detached: readonly Pick<FieldChange, 'path'>[]): readonly string[] => {
  if (detached.length === 0) return [];
  const labels = [...new Set(detached.map(({ path }) => path.at(-1) ?? ''))];
  return [
    `It stays out of its controller and its Services, without ${labels.length === 1 ? 'label' : 'labels'} ${listed(labels)}: its controller could delete it. \`/k8s release … --return\` gives it back.`,
  ];
};
