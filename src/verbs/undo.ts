import { fieldAt, fieldName } from '../core/field-at.ts';
import { kindNames } from '../core/kind.ts';
import { isMark, RUN_PATH } from '../core/marks.ts';
import { targetName } from '../core/target.ts';
import type { Verb } from '../core/verb.ts';
import { listed, notPlanned, patchMethod, SEE_IN_FORCE, shown } from './changes/change-words.ts';
import { putBack } from './changes/put-back.ts';
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
  alsoReads: LABEL_READS,
  examples: ['/k8s undo FB-2026-0007-3 --reason "case closed"'],
  limits: [
    'What someone changed since is shown and left as it is.',
    'What followed from the change is not undone: a pod that a controller started or deleted stays so.',
  ],

  plan: async (context) => {
    const { target, object, held, undoes, arguments: given } = context;
    const run = String(given['run'] ?? '');
    const { fields, returned, already, drifted, endsToo } = putBack(undoes, object, held, run);
    // Someone may have put the fields back by hand and left the marks.
    const stale = returned.length > 0 && drifted.length === 0 && fieldAt(object, RUN_PATH) === run;
    if (fields.length === 0 && !stale)
      throw notPlanned(
        `Nothing that ${run} changed on ${targetName(target)} is left to put back: ${[...already, ...drifted].join('; ') || 'it changed nothing'}.`,
        SEE_IN_FORCE,
      );
    return {
      methods: [patchMethod(target)],
      fields: [...fields, ...returned].map(({ path, value }) => ({ path, value })),
      leaves: ['What else Firebreak holds on it stays, and stays marked.'],
      risks: [
        ...(await labelRisks(context, fields)),
        ...setFree(fields),
        ...drifted.map((one) => `${one}: left as it is.`),
        ...endsToo,
      ],
      notes: [
        ...fields.map(
          (field) => `Puts ${fieldName(field)} back from ${shown(field.now)} to ${shown(field.value)}.`,
        ),
        ...already.map((one) => `${one}: nothing to do.`),
      ],
    };
  },

  execute: async ({ target, change, progress, arguments: given }) => {
    progress({ phase: 'change', bytes: 0 });
    const fields = (await change()).flatMap((made) => made.fields).filter((field) => !isMark(field));
    const back = fields.map((field) => `${fieldName(field)} is ${shown(field.after)} again`);
    return {
      summary: `${String(given['run'] ?? 'The run')} is undone on ${targetName(target)}: ${listed(back)}.`,
      findings: [],
    };
  },
};
