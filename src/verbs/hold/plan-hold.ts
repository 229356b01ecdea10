import { z } from 'zod';
import type { ObjectRef } from '../../core/change.ts';
import { fieldAt } from '../../core/field-at.ts';
import { pathKey, RUN_PATH } from '../../core/marks.ts';
import type { Method } from '../../core/plan.ts';
import { SAID } from '../../core/read-flags.ts';
import { podTarget, type Target, targetName } from '../../core/target.ts';
import type { PlanContext, RunNames, WantedWrite } from '../../core/verb.ts';
import { marksLeft, notPlanned, patchMethod, SEE_IN_FORCE, shown } from '../changes/change-words.ts';
import { labelRisks } from '../labels/label-risks.ts';
import { admissionWrites, noAdmission } from './admission.ts';
import { budgetsThere, budgetWrite } from './budget.ts';
import { endsByItself } from './ends-by-itself.ts';
import { HELD_BY_LABEL, HELD_BY_PATH } from './held-by.ts';
import { type NodePart, planNode, readNode } from './hold-node.ts';
import { HOLD_STEPS } from './make-hold.ts';
import { notStopped } from './not-stopped.ts';
import { POD_HOLDS } from './pod-holds.ts';
import { wantedAnnotations } from './wanted-annotations.ts';

/** What a hold is to do, as a run of `hold` or as a part of another run. */
export interface HoldPlan {
  readonly methods: readonly Method[];
  readonly writes: (names: RunNames) => readonly WantedWrite[];
  readonly alsoTargets: readonly Target[];
  readonly leaves: readonly string[];
  readonly risks: readonly string[];
  readonly notes: readonly string[];
}

const podSchema = z.looseObject({
  metadata: z.looseObject({
    labels: z.record(z.string(), z.string()).default({}),
    deletionTimestamp: z.string().optional(),
  }),
});

/** Whom the pod's label names. Throws `conflict` where it is held already. */
const requireFree = ({ target, object, held }: PlanContext): void => {
  const value = fieldAt(object, HELD_BY_PATH);
  if (value === null) return;
  const name = targetName(target);
  const ours = held.find(({ path }) => pathKey(path) === pathKey(HELD_BY_PATH));
  throw ours === undefined
    ? notPlanned(
        `${name} carries the label ${HELD_BY_LABEL} with the value ${shown(value)}, which is not in Firebreak's ledger; nothing was planned.`,
        'Look at who set it, and take it off.',
      )
    : notPlanned(
        `${name} is already held, by ${ours.run} (${ours.verb}), so nothing was planned.`,
        `\`/k8s unhold\` ends that. ${SEE_IN_FORCE}`,
      );
};

const refOf = ({ kind, namespace, name, uid }: Target): ObjectRef => ({ kind, namespace, name, uid });

const nodeMethod = (name: string): Method => ({
  what: `Patch node/${name}, bound to its UID and resourceVersion; a dry run first`,
  creates: 'nothing',
});

/** Looks at what stands around the pod, and says what would hold it. Throws `conflict` where nothing is to be held. */
export const planHold = async (context: PlanContext): Promise<HoldPlan> => {
  const { cluster, object, arguments: given, signal } = context;
  const target = podTarget(context.target);
  const { namespace, name, uid, node: nodeName, owners } = target;
  requireFree(context);
  const { metadata } = podSchema.parse(object);
  if (metadata.deletionTimestamp !== undefined)
    throw notPlanned(
      `${targetName(target)} is being deleted, since ${metadata.deletionTimestamp}: nothing can hold it any more.`,
      'Acquire what is left of it now: `/k8s acquire`.',
    );
  const others = given['overwrite'] === SAID ? 'are overwritten' : 'are left';
  const annotations = wantedAnnotations(object, 'the pod', POD_HOLDS, others);
  const withoutPolicy =
    given['no-admission'] === SAID ? '`--no-admission` was said' : await noAdmission(context);
  const policy = withoutPolicy === undefined ? 'denies deletion' : 'does not';
  const node =
    given['no-node'] === SAID
      ? { kind: 'left out' as const, why: '`--no-node` was said' }
      : await planNode(context, nodeName, others);
  const seen =
    node.kind === 'held'
      ? node.raw
      : nodeName === ''
        ? undefined
        : (await readNode(cluster, nodeName, signal))?.raw;
  // Which run it will be is not known yet, and selects nothing else.
  const labelled = [{ path: HELD_BY_PATH, value: 'a run' }];
  const nodeFields = node.kind === 'held' ? node.fields : [];
  return {
    methods: [
      patchMethod(target),
      {
        what: `Create a PodDisruptionBudget in ${namespace} for this pod alone; a dry run first`,
        creates: 'poddisruptionbudget/firebreak-<run>',
      },
      ...(policy === 'denies deletion'
        ? [
            {
              what: 'Create a ValidatingAdmissionPolicy for this pod alone, and its binding; dry runs first',
              creates: 'validatingadmissionpolicy/firebreak-<run> and its binding',
            },
          ]
        : []),
      ...(nodeFields.length === 0 ? [] : [nodeMethod(nodeName)]),
    ],
    writes: (names) => [
      {
        ...{ action: 'set', step: HOLD_STEPS.pod },
        fields: [{ path: HELD_BY_PATH, value: names.run }, ...annotations.fields],
      },
      budgetWrite(HOLD_STEPS.budget, namespace, names),
      ...(policy === 'denies deletion'
        ? admissionWrites(HOLD_STEPS.policy, { namespace, name, uid }, names)
        : []),
      ...(node.kind === 'held' && nodeFields.length > 0
        ? [
            {
              ...{ action: 'set' as const, step: HOLD_STEPS.node, object: refOf(node.target), raw: node.raw },
              fields: nodeFields,
            },
          ]
        : []),
    ],
    alsoTargets: node.kind === 'held' && nodeFields.length > 0 ? [node.target] : [],
    leaves: [
      'The label, the annotations and all that is created stay until `/k8s unhold` or `/k8s undo`; nothing ends them by itself.',
      ...marksLeft(target),
    ],
    risks: [
      ...(withoutPolicy === undefined
        ? []
        : [`No ValidatingAdmissionPolicy is made: ${withoutPolicy}. A plain deletion is not stopped.`]),
      ...(node.kind === 'held' ? node.risks : [`The node is not held: ${node.why}.`]),
      ...annotations.risks,
      ...(await budgetsThere(cluster, { namespace, labels: metadata.labels }, signal)),
      ...(await labelRisks(context, labelled)),
      ...(await endsByItself(cluster, object, policy, signal)),
      ...notStopped({ pod: object, node: seen, owners, policy }),
    ],
    notes: node.kind === 'held' && nodeFields.length === 0 && node.risks.length === 0 ? [heldNode(node)] : [],
  };
};

const heldNode = ({ raw, target }: Extract<NodePart, { readonly kind: 'held' }>): string => {
  const run = fieldAt(raw, RUN_PATH);
  return `${targetName(target)} carries both annotations already${run === null ? '' : `, and the mark of ${shown(run)}`}: who takes them off ends that for this pod too.`;
};
