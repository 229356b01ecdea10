import type { ObjectRef, WantedField } from '../../core/change.ts';
import { ISOLATING_VERBS, isDetached } from '../../core/detached.ts';
import { sameValue } from '../../core/field-at.ts';
import type { HeldField } from '../../core/held-fields.ts';
import { isOnNode } from '../../core/made-kind.ts';
import { pathKey } from '../../core/marks.ts';
import { podSchema } from '../../core/pod.ts';
import { SAID } from '../../core/read-flags.ts';
import { podTarget, type Target, targetName } from '../../core/target.ts';
import type { Intention, PlanContext, WantedWrite } from '../../core/verb.ts';
import { listed, notPlanned, SEE_IN_FORCE, writeMethod } from '../changes/change-words.ts';
import { visitingNodes } from '../changes/visiting-nodes.ts';
import { type Ended, endElsewhere, endedAll, NOTHING_ENDED, putBackHeld } from '../hold/end-hold.ts';
import { ISOLATED_BY_PATH, isolationOf } from '../isolate/isolated-by.ts';
import { visitedNode } from '../isolate/netns/visited-node.ts';
import { labelRisks } from '../labels/label-risks.ts';
import { isReady } from './readiness.ts';
import { whoGoes } from './who-goes.ts';

export const RELEASE_STEPS = { open: 'open', cost: 'cost', giveBack: 'return' } as const;

const COST_PATH = ['metadata', 'annotations', 'controller.kubernetes.io/pod-deletion-cost'] as const;
/** The most that it can say. Source: Kubernetes, "ReplicaSet", Pod deletion cost. */
const HIGHEST_COST = '2147483647';

const isLabelOfOurs = ({ path }: Pick<HeldField, 'path'>): boolean =>
  pathKey(path) === pathKey(ISOLATED_BY_PATH);

/** Labels that an isolation took off, by which the pod's controller and its Services know it. */
const detachedBy = (held: readonly HeldField[]): readonly HeldField[] =>
  held.filter((field) => isDetached(field.verb, field));

const refOf = ({ kind, namespace, name, uid }: Target): ObjectRef => ({ kind, namespace, name, uid });

/**
 * What isolating runs made elsewhere, an earlier one whose work another did anew too, and the label here. A hold that the
 * same run put on the pod stays.
 */
const opening = async (context: PlanContext, isolation: HeldField): Promise<Ended> => {
  const { cluster, target, object, heldElsewhere, signal } = context;
  const made = heldElsewhere.filter(
    ({ verb, object: { kind } }) =>
      ISOLATING_VERBS.has(verb) && (kind === 'job' || isOnNode({ kind }) || kind.endsWith('networkpolicy')),
  );
  const elsewhere = await Promise.all(
    made.map((field) => endElsewhere(cluster, [field], RELEASE_STEPS.open, signal)),
  );
  return endedAll([...elsewhere, putBackHeld(RELEASE_STEPS.open, refOf(target), object, [isolation])]);
};

/** With why one more person has to approve it, where that is so. */
type Returning = Ended & { readonly oneMoreApproval?: string };

const NOT_ALL =
  'One more approval than the rule asks for: not all of it can be collected by the methods of this version, and its controller may delete it once it is returned.';

const returning = async (context: PlanContext, detached: readonly HeldField[]): Promise<Returning> => {
  const { clock, cluster, object, target, signal } = context;
  const name = targetName(target);
  if (detached.length === 0)
    throw notPlanned(
      `No isolation took ${name} out of its controller, so there is nothing to return.`,
      'Leave `--return` out.',
    );
  if (!isReady(object))
    throw notPlanned(
      `${name} is not Ready, and its controller deletes such a pod before any other; nothing was planned.`,
      'Open its network first, and return it when `/k8s inspect` shows it Ready.',
    );
  const collected = await context.collected();
  if (collected === 'nothing complete')
    throw notPlanned(
      `There is no complete evidence of ${name}, and returning it can make its controller delete it; nothing was planned.`,
      'Ask for `/k8s acquire` of each of its containers first, and return it when the bundles are complete.',
    );
  const back = putBackHeld(RELEASE_STEPS.giveBack, refOf(target), object, detached);
  const { labels } = podSchema.parse(object).metadata;
  const fields: readonly WantedField[] = detached.map(({ path, before }) => ({ path, value: before }));
  const returned = {
    object,
    labels: {
      ...labels,
      ...Object.fromEntries(detached.map(({ path, before }) => [path.at(-1) ?? '', String(before)] as const)),
    },
    annotations: { [COST_PATH[2]]: HIGHEST_COST },
  };
  const cost: WantedWrite = {
    ...{ action: 'set', step: RELEASE_STEPS.cost },
    fields: [{ path: COST_PATH, value: HIGHEST_COST }],
  };
  return {
    ...(collected === 'complete' ? {} : { oneMoreApproval: NOT_ALL }),
    writes: [cost, ...back.writes],
    risks: [
      ...(await whoGoes(cluster, returned, clock.now().getTime(), signal)),
      ...(await labelRisks(context, fields)),
      ...back.risks,
    ],
    notes: [
      `The annotation ${COST_PATH[2]} is set to its highest before, and stays until \`/k8s undo\` of this run.`,
    ],
  };
};

/** Ends an isolation. Opening the network and returning the pod to its controller are two things, and planned apart. */
export const planRelease = async (context: PlanContext): Promise<Intention> => {
  const { target, held, arguments: given } = context;
  const isolation = isolationOf(held.filter(isLabelOfOurs));
  const detached = detachedBy(held);
  const wantsReturn = given['return'] === SAID;
  if (isolation === undefined && !(wantsReturn && detached.length > 0))
    throw notPlanned(
      `${targetName(target)} is not isolated by Firebreak${detached.length > 0 ? ', and is still out of its controller' : ''}.`,
      detached.length > 0 ? 'Add `--return` to return it.' : SEE_IN_FORCE,
    );
  const open = isolation === undefined ? NOTHING_ENDED : await opening(context, isolation);
  const back: Returning = wantsReturn ? await returning(context, detached) : NOTHING_ENDED;
  const writes = [...open.writes, ...back.writes];
  const visits = visitingNodes(context.entry, target, 'there', writes);
  const labels = detached.map(({ path }) => path.at(-1) ?? '');
  return {
    ...(back.oneMoreApproval === undefined ? {} : { oneMoreApproval: back.oneMoreApproval }),
    methods: [...visits.methods, ...writes.map(writeMethod)],
    writes: visits.writes,
    alsoTargets: visits.methods.length === 0 ? [] : await visitedNode(context, podTarget(target).node),
    leaves:
      wantsReturn || detached.length === 0
        ? ['What else Firebreak holds on it stays, and stays marked.']
        : [
            `It stays out of its controller and its Services: ${labels.length === 1 ? 'label' : 'labels'} ${listed(labels)} stay off until \`/k8s release … --return\`.`,
          ],
    risks: [
      ...(isolation === undefined
        ? []
        : [
            'OPEN THE NETWORK: whatever runs in it can reach everything again that its other policies allow.',
            ...open.risks,
          ]),
      ...(wantsReturn ? ['RETURN IT TO ITS CONTROLLER:', ...back.risks] : []),
    ],
    notes: [...open.notes, ...back.notes],
  };
};

/** Whether a field of a release returned the pod to its controller. */
export const returned = (
  fields: readonly { readonly path: readonly string[]; readonly after: unknown }[],
): readonly string[] =>
  fields.flatMap(({ path, after }) =>
    path[1] === 'labels' && typeof after === 'string' && !sameValue(after, null) && !isLabelOfOurs({ path })
      ? [path.at(-1) ?? '']
      : [],
  );
