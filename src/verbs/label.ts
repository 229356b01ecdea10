import { fieldAt, sameValue } from '../core/field-at.ts';
import { WORKLOADS } from '../core/kind.ts';
import { isMark } from '../core/marks.ts';
import { SAID } from '../core/read-flags.ts';
import { targetName } from '../core/target.ts';
import type { Verb } from '../core/verb.ts';
import { listed, marksLeft, notPlanned, patchMethod, SEE_IN_FORCE, shown } from './changes/change-words.ts';
import { LABEL_READS, labelRisks } from './labels/label-risks.ts';
import { labelPair, labelPath } from './labels/label-text.ts';
import { wantedLabels } from './labels/wanted-labels.ts';

export const label: Verb = {
  name: 'label',
  summary: 'Sets labels on a pod, node or workload: quarantine=true, or what is asked.',
  effect: 'change',
  kinds: ['pod', 'node', ...WORKLOADS],
  container: 'none',
  leavesEvidence: 'nothing',
  flags: {},
  switches: {
    overwrite: {
      summary: 'Replaces a label that stands there with another value; refused without it.',
      example: '/k8s label prod-cluster pod/checkout-5d -n payments team=red --overwrite',
    },
  },
  operands: {
    argument: 'labels',
    summary: 'The labels to set. quarantine=true unless given.',
    placeholder: 'KEY=VALUE',
    needed: 'none',
    read: labelPair,
  },
  onTarget: ['get', 'patch'],
  permissions: [],
  alsoReads: LABEL_READS,
  examples: [
    '/k8s label prod-cluster pod/checkout-5d -n payments --reason "odd outbound traffic"',
    '/k8s label prod-cluster pod/checkout-5d -n payments quarantine=true team=red --overwrite',
    '/k8s label prod-cluster node/ip-10-0-1-7 quarantine=true',
    '/k8s label prod-cluster deployment/checkout -n payments quarantine=true',
  ],
  limits: [
    'A label isolates nothing by itself: it does what selects by it. Policies of a network plugin’s own kind are not looked at.',
    'On a workload its own labels alone are changed, never those of its pod template: that would replace every pod.',
    'Labels under kubernetes.io/, k8s.io/ and firebreak.dev/ are left alone.',
  ],

  plan: async (context) => {
    const { target, object, arguments: given } = context;
    const all = wantedLabels(given['labels']).map(({ key, value }) => {
      const path = labelPath(key);
      return { key, value, path, now: fieldAt(object, path) };
    });
    const changing = all.filter(({ now, value }) => !sameValue(now, value));
    const already = all.filter((one) => !changing.includes(one)).map(({ key, value }) => `${key}=${value}`);
    const conflicts = changing.filter(({ now }) => now !== null);
    if (changing.length === 0)
      throw notPlanned(
        `${targetName(target)} already has ${listed(already)}, so nothing would change.`,
        SEE_IN_FORCE,
      );
    if (conflicts.length > 0 && given['overwrite'] !== SAID)
      throw notPlanned(
        `${targetName(target)} has ${listed(conflicts.map(({ key, now, value }) => `label ${key} with the value ${shown(now)}, not ${shown(value)}`))}; nothing was planned.`,
        'Add `--overwrite` to replace what stands there.',
      );
    const fields = changing.map(({ path, value }) => ({ path, value }));
    return {
      methods: [patchMethod(target)],
      fields,
      leaves: marksLeft(target),
      risks: [
        ...(await labelRisks(context, fields)),
        ...conflicts.map(
          ({ key, now, value }) => `Overwrites label ${key}: ${shown(now)} becomes ${shown(value)}.`,
        ),
      ],
      notes: already.map((pair) => `It already has ${pair}.`),
    };
  },

  execute: async ({ target, change, progress }) => {
    progress({ phase: 'change', bytes: 0 });
    const changes = await change();
    const set = changes
      .flatMap(({ fields }) => fields)
      .filter((field) => !isMark(field))
      .map(({ path, after }) => `${path.at(-1)}=${after}`);
    return { summary: `${targetName(target)} is now labelled ${listed(set)}.`, findings: [] };
  },
};
