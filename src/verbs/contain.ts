import type { Verb } from '../core/verb.ts';
import { planContainment } from './contain/plan-containment.ts';
import { runContainment } from './contain/run-containment.ts';
import { verbsOf } from './contain/steps.ts';
import { VOLATILE_PERMISSIONS } from './contain/volatile-part.ts';
import { cordon } from './cordon.ts';
import { KEEPS_NODE } from './hold/hold-node.ts';
import { hold } from './hold.ts';
import { inspect } from './inspect.ts';
import { isolate } from './isolate.ts';
import { label } from './label.ts';

const parts = [hold, inspect, isolate, label, cordon];

export const contain: Verb = {
  name: 'contain',
  summary: 'The whole first response on one pod: hold, inspect, volatile state, isolate, label, cordon.',
  effect: 'change',
  standsFor: verbsOf,
  kinds: ['pod'],
  container: 'one',
  leavesEvidence: 'bundle',
  flags: {},
  switches: {
    detach: {
      summary:
        'After the proof, takes it out of its Services and its controller, which starts another pod. The default for a ReplicaSet’s pod.',
      example: '/k8s contain prod-cluster pod/checkout-5d -n payments --detach',
    },
    keep: {
      summary:
        'Leaves the labels that its controller and its Services select it by. The default for every other pod.',
      example: '/k8s contain prod-cluster pod/checkout-5d -n payments --keep',
    },
    'from-node': {
      summary:
        'Cuts it off in its own network namespace too, from its node: what no policy denies, and what is open already.',
      example: '/k8s contain prod-cluster pod/checkout-5d -n payments --from-node',
    },
    'probe-with-target': {
      summary:
        'Proves with the suspect’s own programs, and starts nothing beside it. PARTIAL is then the best verdict.',
      example: '/k8s contain prod-cluster pod/checkout-5d -n payments --probe-with-target',
    },
    'no-node': {
      summary: 'Leaves its node alone: it is neither held nor cordoned.',
      example: '/k8s contain prod-cluster pod/checkout-5d -n payments --no-node',
    },
    'no-admission': {
      summary: 'Makes no ValidatingAdmissionPolicy: whoever may delete pods can then delete it.',
      example: '/k8s contain prod-cluster pod/checkout-5d -n payments --no-admission',
    },
  },
  onTarget: ['get', 'patch'],
  permissions: isolate.permissions,
  partPermissions: [
    ...(isolate.partPermissions ?? []),
    ...hold.permissions,
    ...(hold.partPermissions ?? []),
    ...VOLATILE_PERMISSIONS,
    ...KEEPS_NODE,
  ],
  footholds: isolate.footholds ?? [],
  alsoReads: parts.filter((one) => one !== inspect).flatMap(({ alsoReads }) => alsoReads),
  runReads: [...inspect.alsoReads, ...(isolate.runReads ?? [])],
  cloudParts: ['node'],
  examples: [
    '/k8s contain prod-cluster pod/checkout-5d -n payments --reason "beacons every 60 s"',
    '/k8s contain prod-cluster pod/checkout-5d -n payments --no-node',
  ],
  limits: [
    'Which steps it has, and in which order, says `contain` in firebreak.yml; the rules of all their verbs count, the strictest of them.',
    'A step that can’t be done is left out or told, and the others go on. Without the isolation the run has failed.',
    'Of the evidence it collects what would be gone first; files and logs are for `/k8s acquire`.',
  ],
  proves: 'isolate',
  plan: planContainment,
  execute: runContainment,
  ...(isolate.prove === undefined ? {} : { prove: isolate.prove }),
};
