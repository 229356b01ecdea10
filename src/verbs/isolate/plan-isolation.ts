import type { Method } from '../../core/plan.ts';
import { SAID } from '../../core/read-flags.ts';
import { podTarget, targetName } from '../../core/target.ts';
import type { Arguments, Intention, PlanContext, WantedWrite } from '../../core/verb.ts';
import { listed, notPlanned, SEE_IN_FORCE, writeMethod } from '../changes/change-words.ts';
import { ISOLATED_BY, ISOLATED_BY_PATH, isolationOf } from './isolated-by.ts';
import { STEPS } from './isolation-steps.ts';
import type { DetachChoice } from './look/detach-choice.ts';
import { type Look, lookAround } from './look/look-around.ts';
import { isFromNode, planFromNode } from './netns/plan-from-node.ts';
import { visitedNode } from './netns/visited-node.ts';
import { plannedFootholds, runningContainer } from './planned-footholds.ts';
import { proofTargets } from './prove/proof-targets.ts';
import { timeLimit } from './time-limit.ts';
import { whatIsBroken } from './what-is-broken.ts';

export type Mode = 'detach' | 'keep';

/** What was asked for, or what is right for its controller. Throws `conflict` for what can't be done. */
const modeOf = (given: Arguments, { byDefault, detach }: DetachChoice): Mode => {
  const [wantsDetach, wantsKeep] = [given['detach'] === SAID, given['keep'] === SAID];
  if (wantsDetach && wantsKeep)
    throw notPlanned('`--detach` and `--keep` were both said.', 'Leave one of them out.');
  if (wantsKeep) return 'keep';
  if (!wantsDetach) return byDefault;
  if (detach.kind === 'impossible') throw notPlanned(detach.why, 'Ask with `--keep`, or without either.');
  return 'detach';
};

/** That it is in force and whole: another run would only cut the proof's thread. Throws `conflict`. */
const requireNotIsolated = async (context: PlanContext): Promise<readonly string[]> => {
  const isolation = isolationOf(context.held);
  if (isolation === undefined) return [];
  const broken = await whatIsBroken(context, isolation.run);
  const isAtNode = context.heldElsewhere.some(
    ({ run, object }) => run === isolation.run && object.kind === 'netns',
  );
  if (broken.length === 0 && isFromNode(context) === 'yes' && !isAtNode)
    return [
      `It is isolated by ${isolation.run}. This run makes all of that anew, and cuts it off from its node too.`,
    ];
  if (broken.length === 0 && (await context.proofOf(isolation.run)) === 'fell short')
    return [
      `It is isolated by ${isolation.run}, whose last proof fell short. This run makes all of it anew.`,
    ];
  if (broken.length === 0)
    throw notPlanned(
      `${targetName(context.target)} is isolated already, by ${isolation.run}, and nothing of that was changed since.`,
      SEE_IN_FORCE,
    );
  return [
    `It is isolated by ${isolation.run}, of which something is no longer as it was made: ${listed(broken)}. This run makes all of it anew.`,
  ];
};

/**
 * Where the pod is cut off already nobody can show any more what reached it before; the isolation that holds it has shown
 * it, by its own control.
 */
const reachedBeforeIt = async (context: PlanContext): Promise<readonly string[]> => {
  const isolation = isolationOf(context.held);
  const last = isolation === undefined ? undefined : await context.lastProof(isolation.run);
  return (last?.tries ?? []).flatMap(({ direction, control, address }) =>
    direction === 'inward' && control === 'reached' ? [address] : [],
  );
};

const NOT_ISOLATED: Readonly<Record<Exclude<Look['network'], 'own'>, readonly [string, string]>> = {
  'of the node': [
    'NOT ENFORCED: it uses the network of its node, where no policy for pods holds it. Nothing was planned.',
    'Cordon the node, and isolate the machine in its cloud.',
  ],
  'none yet': [
    'It has no address yet, so that nothing could be proven. Nothing was planned.',
    'Ask again when it runs.',
  ],
  ended: [
    'None of its containers runs any more: there is nothing to cut off.',
    'Collect what is left with `/k8s acquire`.',
  ],
};

/** What an isolation of this pod would do, by reads alone. */
export const planIsolation = async (context: PlanContext): Promise<Intention> => {
  const { cluster, object, arguments: given, entry, signal } = context;
  const pod = podTarget(context.target);
  const again = await requireNotIsolated(context);
  const look = await lookAround(context, { label: ISOLATED_BY });
  if (look.network !== 'own') throw notPlanned(...NOT_ISOLATED[look.network]);
  const mode = modeOf(given, look.detach);
  const container = runningContainer(pod);
  const { canary } = entry.isolation;
  const [footholds, targets] = await Promise.all([
    plannedFootholds(context, pod, container),
    proofTargets(cluster, { pod: object, ...(canary === undefined ? {} : { canary }) }, signal),
  ]);
  const reachedBefore = await reachedBeforeIt(context);
  const says = look.says[mode];
  const atNode = planFromNode(context, pod, look);
  const changesOf = (run: string): readonly WantedWrite[] => [
    ...look.deny
      .policies({ run })
      .map((policy): WantedWrite => ({ action: 'make', step: STEPS.deny, ...policy })),
    { action: 'set', step: STEPS.label, fields: [{ path: ISOLATED_BY_PATH, value: run }] },
  ];
  const detachOf: readonly WantedWrite[] = [
    ...(mode === 'detach' && look.detach.detach.kind === 'possible'
      ? [{ action: 'set', step: STEPS.detach, fields: look.detach.detach.fields } as const]
      : []),
  ];
  return {
    methods: [
      ...footholds.methods,
      ...changesOf('<run>').map(writeMethod),
      ...atNode.methods,
      ...detachOf.map(writeMethod),
      ...proofMethods(mode),
    ],
    writes: (names) => [
      ...footholds.writes(names),
      ...changesOf(names.run),
      ...atNode.writes(names),
      ...detachOf,
    ],
    alsoTargets: isFromNode(context) === 'yes' ? await visitedNode(context, pod.node) : [],
    proof: {
      ...{ targets, network: 'pod', engine: look.engine },
      ...(reachedBefore.length === 0 ? {} : { reachedBefore }),
    },
    leaves: [
      `It stays cut off until it is released: \`/k8s release\` or \`/k8s undo\`. The label ${ISOLATED_BY} stands on it as long.`,
      ...footholds.leaves,
    ],
    risks: [...again, ...says.risks, ...atNode.risks, ...footholds.risks, ...targets.lacking],
    notes: [...timeLimit(given), ...says.notes, ...atNode.notes],
  };
};

const proofMethods = (mode: Mode): readonly Method[] => [
  {
    what: 'Copy the pod’s socket table and routes, before anything is cut',
    creates: 'nothing',
  },
  {
    what: `Try from within and from outside what an isolated pod must not reach; ${mode === 'detach' ? 'detach it only then, and try again; ' : ''}try again while it is in force`,
    creates: 'nothing',
  },
];
