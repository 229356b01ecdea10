import { fieldAt } from '../../core/field-at.ts';
import type { HeldField } from '../../core/held-fields.ts';
import type { MadeKind } from '../../core/made-kind.ts';
import { pathKey, RUN_PATH } from '../../core/marks.ts';
import type { Permission } from '../../core/permission.ts';
import { reverseCommand } from '../../core/reverse-command.ts';
import { podTarget, type Target, targetName } from '../../core/target.ts';
import type { Intention, PlanContext, WantedWrite } from '../../core/verb.ts';
import {
  listed,
  notPlanned,
  patchMethod,
  SEE_IN_FORCE,
  shown,
  writeMethod,
} from '../changes/change-words.ts';
import { labelRisks } from '../labels/label-risks.ts';
import { HOLDS } from '../node/holds.ts';
import { setFree } from '../node/set-free.ts';
import { ENDS_ADMISSION } from './admission.ts';
import { type Ended, endElsewhere, endedAll, isPath, NOTHING_ENDED, putBackHeld } from './end-hold.ts';
import { HELD_BY_PATH } from './held-by.ts';
import { KEEPS_NODE, readNode } from './hold-node.ts';
import { otherHeldPods } from './other-held-pods.ts';
import { POD_HOLDS } from './pod-holds.ts';

/** Verbs that hold a pod: alone, or as the first step of more. */
const HOLDING_VERBS = ['hold', 'contain'];
const POD_PATHS = [HELD_BY_PATH, ...POD_HOLDS.map(({ path }) => path)];
const NODE_PATHS = HOLDS.map(({ path }) => path);
const MADE: readonly MadeKind[] = [
  'poddisruptionbudget',
  'validatingadmissionpolicy',
  'validatingadmissionpolicybinding',
];

/** The order in which it ends: what others have to wait for comes first. */
export const UNHOLD_STEPS = { policy: 'end policy', budget: 'end budget', pod: 'end pod', node: 'end node' };

const byHold = ({ verb }: HeldField): boolean => HOLDING_VERBS.includes(verb);

/** What holds of Firebreak's stand elsewhere for this pod, by object. */
const heldBeside = ({ heldElsewhere }: PlanContext): readonly (readonly [HeldField, ...HeldField[]])[] => {
  const ours = heldElsewhere.filter(
    (field) =>
      byHold(field) &&
      (MADE.some((kind) => kind === field.object.kind) ||
        (field.object.kind === 'node' && isPath(NODE_PATHS, field))),
  );
  return [...Map.groupBy(ours, ({ object }) => object.uid).values()].flatMap(([first, ...more]) =>
    first === undefined ? [] : [[first, ...more] as const],
  );
};

const left = (fields: readonly [HeldField, ...HeldField[]], why: string): Ended => {
  const [{ object }] = fields;
  return {
    ...NOTHING_ENDED,
    risks: [
      `${targetName(object)} is left as it is: ${why}. By hand: \`${reverseCommand({ object, fields })}\`.`,
    ],
  };
};

const mayAll = async ({ mayRun }: PlanContext, permissions: readonly Permission[]): Promise<'yes' | 'no'> =>
  (await Promise.all(permissions.map(mayRun))).includes('no') ? 'no' : 'yes';

const endNode = async (
  context: PlanContext,
  fields: readonly [HeldField, ...HeldField[]],
): Promise<Ended> => {
  const { cluster, signal, target } = context;
  const [{ object }] = fields;
  if ((await mayAll(context, KEEPS_NODE)) === 'no') return left(fields, 'Firebreak may not patch nodes here');
  const others = await otherHeldPods(cluster, object.name, target.uid, signal);
  if (others !== 'not allowed' && others.length > 0)
    return left(fields, `${listed(others)} on it ${others.length === 1 ? 'is' : 'are'} held too`);
  const ended = await endElsewhere(cluster, fields, UNHOLD_STEPS.node, signal);
  const freed = ended.writes.flatMap((write) => (write.action === 'set' ? write.fields : []));
  return {
    ...ended,
    risks: [
      ...ended.risks,
      ...setFree(freed),
      ...(others === 'not allowed'
        ? ['Whether other held pods are on that node was not looked at, since Firebreak may not list them.']
        : []),
    ],
  };
};

const endBeside = async (
  context: PlanContext,
  fields: readonly [HeldField, ...HeldField[]],
): Promise<Ended> => {
  const [{ object }] = fields;
  if (object.kind === 'node') return endNode(context, fields);
  const isBudget = object.kind === 'poddisruptionbudget';
  if (!isBudget && (await mayAll(context, ENDS_ADMISSION)) === 'no')
    return left(fields, 'Firebreak may not delete it here');
  return endElsewhere(
    context.cluster,
    fields,
    isBudget ? UNHOLD_STEPS.budget : UNHOLD_STEPS.policy,
    context.signal,
  );
};

/** A node that stays told to be kept although nothing of this pod's hold is on it. */
const nodeStays = async ({ cluster, target, signal }: PlanContext): Promise<readonly string[]> => {
  const { node } = podTarget(target);
  const found = node === '' ? undefined : await readNode(cluster, node, signal);
  const run = fieldAt(found?.raw, RUN_PATH);
  return run === null || !HOLDS.some(({ path }) => fieldAt(found?.raw, path) === 'true')
    ? []
    : [`node/${node} is held by ${shown(run)} and stays so.`];
};

/** Nodes that are written: the plan is bound to them too. */
const nodesOf = async (
  { cluster, signal }: PlanContext,
  writes: readonly WantedWrite[],
): Promise<readonly Target[]> => {
  const names = writes.flatMap((write) =>
    write.action === 'set' && write.object?.kind === 'node' ? [write.object.name] : [],
  );
  const read = await Promise.all(names.map((name) => readNode(cluster, name, signal)));
  return read.flatMap((node) => node?.target ?? []);
};

/** What ends all that holds of Firebreak's stand for this pod. Throws `conflict` where there is none. */
export const planUnhold = async (context: PlanContext): Promise<Intention> => {
  const { target, object, held } = context;
  const ref = { kind: target.kind, namespace: target.namespace, name: target.name, uid: target.uid };
  const onPod = held.filter((field) => byHold(field) && isPath(POD_PATHS, field));
  const beside = heldBeside(context);
  const pod = putBackHeld(UNHOLD_STEPS.pod, ref, object, onPod);
  const all = await Promise.all(beside.map((fields) => endBeside(context, fields)));
  const ended = endedAll([...all.reverse(), pod]);
  if (ended.writes.length === 0)
    throw notPlanned(
      ended.risks.length === 0
        ? `Nothing that Firebreak's hold set or made for ${targetName(target)} is left to end.`
        : `Nothing that Firebreak's hold set or made for ${targetName(target)} can be ended: ${ended.risks.join(' ')}`,
      SEE_IN_FORCE,
    );
  const fields = pod.writes.flatMap((write) => (write.action === 'set' ? write.fields : []));
  const node = beside.find(([first]) => first.object.kind === 'node');
  const runs = [...new Set([...onPod, ...beside.flat()].map(({ run }) => run))];
  const order = Object.values(UNHOLD_STEPS);
  const writes = ended.writes.toSorted((a, b) => order.indexOf(a.step) - order.indexOf(b.step));
  return {
    methods: writes.map((write) =>
      write.step === UNHOLD_STEPS.pod ? patchMethod(target) : writeMethod(write),
    ),
    writes: () => writes,
    alsoTargets: await nodesOf(context, writes),
    leaves: ['Nothing but what others set.'],
    risks: [
      ...(fields.some(({ path }) => pathKey(path) === pathKey(HELD_BY_PATH))
        ? ['Whoever evicts, deletes or scales may take the pod from then on, and its evidence with it.']
        : []),
      ...(await labelRisks(context, fields)),
      ...ended.risks,
    ],
    notes: [
      `It ends what ${listed(runs)} holds.`,
      ...ended.notes,
      ...(node === undefined ? await nodeStays(context) : []),
    ],
  };
};
