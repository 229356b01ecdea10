import { targetName } from '../core/target.ts';
import type { Verb } from '../core/verb.ts';
import { MAKES_ADMISSION } from './hold/admission.ts';
import { MAKES_BUDGET } from './hold/budget.ts';
import { KEEPS_NODE, READS_NODE } from './hold/hold-node.ts';
import { makeHold } from './hold/make-hold.ts';
import { planHold } from './hold/plan-hold.ts';
import { POD_LABEL_READS } from './labels/label-risks.ts';

export const hold: Verb = {
  name: 'hold',
  summary: 'Keeps a pod alive: evictions are refused, deletions denied where allowed, autoscalers told.',
  effect: 'change',
  kinds: ['pod'],
  container: 'none',
  leavesEvidence: 'nothing',
  flags: {},
  switches: {
    'no-node': {
      summary: 'Leaves its node alone: an autoscaler may then take the node.',
      example: '/k8s hold prod-cluster pod/checkout-5d -n payments --no-node',
    },
    'no-admission': {
      summary: 'Makes no ValidatingAdmissionPolicy: whoever may delete pods can then delete it.',
      example: '/k8s hold prod-cluster pod/checkout-5d -n payments --no-admission',
    },
    overwrite: {
      summary: 'Replaces a hold annotation that stands there with another value; left as it is without it.',
      example: '/k8s hold prod-cluster pod/checkout-5d -n payments --overwrite',
    },
  },
  onTarget: ['get', 'patch'],
  permissions: MAKES_BUDGET,
  partPermissions: [...MAKES_ADMISSION, ...KEEPS_NODE],
  alsoReads: [...POD_LABEL_READS, READS_NODE, { verb: 'get', group: 'batch', resource: 'jobs' }],
  cloudParts: ['node'],
  examples: [
    '/k8s hold prod-cluster pod/checkout-5d -n payments --reason "odd outbound traffic"',
    '/k8s hold prod-cluster pod/checkout-5d -n payments --no-node',
  ],
  limits: [
    'It stops who evicts, deletes or scales; what a cloud does to the machine and what kubelet does to a container it does not stop. The card says what is left here.',
    'No finalizer is set: that would keep the object while kubelet ends its containers.',
    'Of a pod that is gone nothing is held any more; `/k8s undo` of the run takes away what stays elsewhere.',
  ],

  plan: planHold,

  execute: async ({ target, change, progress }) => {
    const { done, findings } = await makeHold({ change, progress });
    return { summary: `${targetName(target)} is held: ${done.join('; ')}.`, findings };
  },
};
