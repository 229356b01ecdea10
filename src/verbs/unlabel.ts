import { fieldAt } from '../core/field-at.ts';
import { WORKLOADS } from '../core/kind.ts';
import { isMark } from '../core/marks.ts';
import { targetName } from '../core/target.ts';
import type { Verb } from '../core/verb.ts';
import { listed, marksLeft, notPlanned, patchMethod, shown } from './changes/change-words.ts';
import { LABEL_READS, labelRisks } from './labels/label-risks.ts';
import { labelKey, labelPath } from './labels/label-text.ts';

export const unlabel: Verb = {
  name: 'unlabel',
  summary: 'Takes labels off a pod, node or workload, whoever set them.',
  effect: 'change',
  kinds: ['pod', 'node', ...WORKLOADS],
  container: 'none',
  leavesEvidence: 'nothing',
  flags: {},
  operands: {
    argument: 'labels',
    summary: 'The keys of the labels to take off; `KEY-`, as kubectl writes it, is the same.',
    placeholder: 'KEY',
    needed: 'at least one',
    read: labelKey,
  },
  onTarget: ['get', 'patch'],
  permissions: [],
  alsoReads: LABEL_READS,
  examples: [
    '/k8s unlabel prod-cluster pod/checkout-5d -n payments quarantine',
    '/k8s unlabel prod-cluster node/ip-10-0-1-7 quarantine',
    '/k8s unlabel prod-cluster deployment/checkout -n payments quarantine team',
  ],
  limits: [
    'On a workload its own labels alone are changed, never those of its pod template: that would replace every pod.',
    'Labels under kubernetes.io/, k8s.io/ and firebreak.dev/ are left alone.',
  ],

  plan: async (context) => {
    const { target, object, arguments: given } = context;
    const keys = [...new Set(Array.isArray(given['labels']) ? given['labels'] : [])];
    const present = keys.filter((key) => fieldAt(object, labelPath(key)) !== null);
    const missing = keys.filter((key) => !present.includes(key));
    if (present.length === 0)
      throw notPlanned(
        `${targetName(target)} has no label ${listed(missing)}, so nothing would change.`,
        'Check the spelling: the keys of labels are case-sensitive.',
      );
    const fields = present.map((key) => ({ path: labelPath(key), value: null }));
    return {
      methods: [patchMethod(target)],
      fields,
      leaves: marksLeft(target),
      risks: await labelRisks(context, fields),
      notes: [
        ...present.map((key) => `Label ${key} has the value ${shown(fieldAt(object, labelPath(key)))} now.`),
        ...missing.map((key) => `It has no label ${key}.`),
      ],
    };
  },

  execute: async ({ target, change, progress }) => {
    progress({ phase: 'change', bytes: 0 });
    const changes = await change();
    const taken = changes
      .flatMap(({ fields }) => fields)
      .filter((field) => !isMark(field))
      .map(({ path }) => path.at(-1) ?? '');
    return {
      summary: `${targetName(target)} no longer has the label${taken.length === 1 ? '' : 's'} ${listed(taken)}.`,
      findings: [],
    };
  },
};
