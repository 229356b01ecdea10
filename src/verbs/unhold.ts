import { isMade } from '../core/change.ts';
import { isMark } from '../core/marks.ts';
import { targetName } from '../core/target.ts';
import type { Verb } from '../core/verb.ts';
import { listed } from './changes/change-words.ts';
import { ENDS_ADMISSION } from './hold/admission.ts';
import { ENDS_BUDGET } from './hold/budget.ts';
import { KEEPS_NODE, READS_NODE } from './hold/hold-node.ts';
import { planUnhold, UNHOLD_STEPS } from './hold/plan-unhold.ts';
import { type TriedStep, tryStep } from './hold/try-step.ts';
import { POD_LABEL_READS } from './labels/label-risks.ts';

const READS_MADE = [...ENDS_BUDGET, ...ENDS_ADMISSION].filter(({ verb }) => verb === 'get');

export const unhold: Verb = {
  name: 'unhold',
  summary: 'Ends what Firebreak holds a pod by, here and on its node: all as it was before.',
  effect: 'change',
  counterpart: 'hold',
  kinds: ['pod'],
  container: 'none',
  leavesEvidence: 'nothing',
  flags: {},
  onTarget: ['get', 'patch'],
  permissions: ENDS_BUDGET,
  partPermissions: [...ENDS_ADMISSION, ...KEEPS_NODE],
  alsoReads: [...POD_LABEL_READS, READS_NODE, ...READS_MADE],
  examples: ['/k8s unhold prod-cluster pod/checkout-5d -n payments --reason "case closed"'],
  limits: [
    'What someone changed since is shown and left as it is; a node on which another held pod runs stays held.',
    'Of a pod that is gone, `/k8s undo` of the run that held it takes away what is left.',
  ],

  plan: planUnhold,

  execute: async ({ target, change, progress }) => {
    progress({ phase: 'change', bytes: 0 });
    const steps: TriedStep[] = [];
    // One that is refused keeps no other from being ended.
    for (const step of Object.values(UNHOLD_STEPS)) steps.push(await tryStep(change, step));
    const refused = steps.find((step) => step.refused !== undefined)?.refused;
    if (refused !== undefined) throw refused;
    const changes = steps.flatMap((step) => step.changes);
    const gone = changes.filter(({ object }) => isMade(object)).map(({ object }) => targetName(object));
    const isBack = changes.some(
      ({ object, fields }) => object.uid === target.uid && fields.some((field) => !isMark(field)),
    );
    const nodes = changes
      .filter(({ object }) => object.kind === 'node')
      .map(({ object }) => targetName(object));
    return {
      summary: `${targetName(target)} is no longer held: ${listed([
        ...(gone.length === 0 ? [] : [`${listed(gone)} ${gone.length === 1 ? 'is' : 'are'} gone`]),
        ...(isBack ? ['its label and annotations are as they were'] : []),
        ...(nodes.length === 0 ? [] : [`the annotations of ${listed(nodes)} are as they were`]),
      ])}.`,
      findings: [],
    };
  },
};
