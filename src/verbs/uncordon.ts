import { fieldAt, fieldName, sameValue } from '../core/field-at.ts';
import { pathKey } from '../core/marks.ts';
import { targetName } from '../core/target.ts';
import type { Verb } from '../core/verb.ts';
import { listed, notPlanned, patchMethod, SEE_IN_FORCE, shown } from './changes/change-words.ts';
import { HOLDING, HOLDS, UNSCHEDULABLE_PATH } from './node/holds.ts';
import { setFree } from './node/set-free.ts';

export const uncordon: Verb = {
  name: 'uncordon',
  summary: 'Lets new pods onto a node again, and ends the hold that Firebreak put on it.',
  effect: 'change',
  kinds: ['node'],
  container: 'none',
  leavesEvidence: 'nothing',
  flags: {},
  onTarget: ['get', 'patch'],
  permissions: [],
  alsoReads: [{ verb: 'list', group: '', resource: 'nodes' }],
  examples: ['/k8s uncordon prod-cluster node/ip-10-0-1-7'],
  limits: ['Hold annotations that someone else set stay.'],

  plan: async ({ target, object, held }) => {
    const cordoned = fieldAt(object, UNSCHEDULABLE_PATH) === true;
    const cordonHeld = held.find(({ path }) => pathKey(path) === pathKey(UNSCHEDULABLE_PATH));
    const holds = HOLDS.map(({ path, annotation }) => ({
      path,
      annotation,
      now: fieldAt(object, path),
      ours: held.find((field) => pathKey(field.path) === pathKey(path)),
    }));
    const back = holds.flatMap(({ path, now, ours }) =>
      ours !== undefined && sameValue(now, ours.after) ? [{ path, value: ours.before, run: ours.run }] : [],
    );
    const drifted = holds.flatMap(({ path, now, ours }) =>
      ours !== undefined && !sameValue(now, ours.after) && !sameValue(now, ours.before)
        ? [`${fieldName({ path })} is now ${shown(now)}, was set to ${shown(ours.after)}: left as it is.`]
        : [],
    );
    const foreign = holds.flatMap(({ annotation, now, ours }) =>
      ours === undefined && now === HOLDING
        ? [`Annotation ${annotation} is not Firebreak’s and stays: its autoscaler keeps the node.`]
        : [],
    );
    if (!cordoned && back.length === 0)
      throw notPlanned(
        `${targetName(target)} is not cordoned, and nothing that Firebreak set holds it, so nothing would change.`,
        SEE_IN_FORCE,
      );
    const fields = [
      ...(cordoned ? [{ path: UNSCHEDULABLE_PATH, value: null }] : []),
      ...back.map(({ path, value }) => ({ path, value })),
    ];
    const runs = new Set(
      [...(cordoned && cordonHeld !== undefined ? [cordonHeld] : []), ...back].map(({ run }) => run),
    );
    return {
      methods: [patchMethod(target)],
      fields,
      leaves: ['Nothing but what others set.'],
      risks: [
        ...setFree(fields),
        ...(cordoned && cordonHeld === undefined
          ? ['It was not Firebreak that cordoned it: whoever did may still want it so.']
          : []),
        ...drifted,
      ],
      notes: [
        ...(runs.size === 0 ? [] : [`It ends what ${listed([...runs])} put on the node.`]),
        ...(cordoned ? [] : ['It is not cordoned any more: only the annotations are put back.']),
        ...foreign,
      ],
    };
  },

  execute: async ({ target, change, progress }) => {
    progress({ phase: 'change', bytes: 0 });
    const fields = (await change()).flatMap((made) => made.fields);
    const has = (path: readonly string[]) => fields.some((field) => pathKey(field.path) === pathKey(path));
    const free = HOLDS.filter(({ path }) => has(path)).map(({ autoscaler }) => autoscaler);
    return {
      summary: `${targetName(target)} ${has(UNSCHEDULABLE_PATH) ? 'takes new pods again' : 'was not cordoned any more'}${
        free.length === 0 ? '' : `; the hold against ${listed(free)} is as it was before`
      }.`,
      findings: [],
    };
  },
};
