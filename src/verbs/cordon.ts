import { fieldAt } from '../core/field-at.ts';
import { pathKey } from '../core/marks.ts';
import { SAID } from '../core/read-flags.ts';
import { targetName } from '../core/target.ts';
import type { Verb } from '../core/verb.ts';
import { listed, marksLeft, notPlanned, patchMethod, SEE_IN_FORCE, shown } from './changes/change-words.ts';
import { HOLDING, HOLDS, UNSCHEDULABLE_PATH } from './node/holds.ts';
import { nodeManager } from './node/node-manager.ts';
import { podsThere } from './node/pods-there.ts';

const NOT_STOPPED =
  'It stops neither Spot reclaim, node repair and upgrades of its pool, nor anyone who deletes the node.';

export const cordon: Verb = {
  name: 'cordon',
  summary: 'Keeps new pods off a node, and tells the autoscalers to keep the node.',
  effect: 'change',
  kinds: ['node'],
  container: 'none',
  leavesEvidence: 'nothing',
  flags: {},
  switches: {
    'no-hold': {
      summary: 'Sets no annotations: an autoscaler may then take the node for being empty or cordoned.',
      example: '/k8s cordon prod-cluster node/ip-10-0-1-7 --no-hold',
    },
    overwrite: {
      summary: 'Replaces a hold annotation that stands there with another value; left as it is without it.',
      example: '/k8s cordon prod-cluster node/ip-10-0-1-7 --overwrite',
    },
  },
  onTarget: ['get', 'patch'],
  permissions: [],
  alsoReads: [
    { verb: 'list', group: '', resource: 'pods' },
    { verb: 'list', group: '', resource: 'nodes' },
  ],
  cloudParts: ['node'],
  examples: [
    '/k8s cordon prod-cluster node/ip-10-0-1-7 --reason "compromised pod"',
    '/k8s cordon prod-cluster node/ip-10-0-1-7 --no-hold',
  ],
  limits: [
    'Pods that run on the node stay, and DaemonSets still start theirs.',
    'The node is held against the scale-down of Cluster Autoscaler and Karpenter, not against what a cloud does to the machine.',
  ],

  plan: async ({ cluster, target, object, arguments: given, held, signal }) => {
    const name = targetName(target);
    const cordoned = fieldAt(object, UNSCHEDULABLE_PATH) === true;
    const holds = HOLDS.map((hold) => ({ ...hold, now: fieldAt(object, hold.path) }));
    const other = holds.filter(({ now }) => now !== null && now !== HOLDING);
    const overwrites = given['overwrite'] === SAID && given['no-hold'] !== SAID;
    const set =
      given['no-hold'] === SAID
        ? []
        : holds.filter((hold) => hold.now === null || (overwrites && other.includes(hold)));
    const loose = holds.filter((hold) => hold.now !== HOLDING && !set.includes(hold));
    const left = given['no-hold'] === SAID || overwrites ? [] : other;
    if (cordoned && set.length === 0)
      throw notPlanned(
        loose.length === 0
          ? `${name} is already cordoned and held, so nothing would change.`
          : `${name} is already cordoned, so nothing would change; nothing holds it against ${listed(loose.map(({ autoscaler }) => autoscaler))}.`,
        left.length > 0
          ? `Add \`--overwrite\` to set ${listed(left.map(({ annotation, now }) => `${annotation}, which is ${shown(now)}`))}.`
          : loose.length > 0
            ? 'Leave `--no-hold` out to hold it.'
            : SEE_IN_FORCE,
      );
    const ours = held.find(({ path }) => pathKey(path) === pathKey(UNSCHEDULABLE_PATH));
    const { note, takes } = nodeManager(object);
    return {
      methods: [patchMethod(target)],
      fields: [
        ...(cordoned ? [] : [{ path: UNSCHEDULABLE_PATH, value: true }]),
        ...set.map(({ path }) => ({ path, value: HOLDING })),
      ],
      leaves: ['It stays so until it is undone: `/k8s uncordon` or `/k8s undo`.', ...marksLeft(target)],
      risks: [
        ...left.map(
          ({ annotation, autoscaler, now }) =>
            `Annotation ${annotation} is ${shown(now)} and is left so: nothing holds the node against ${autoscaler}. \`/k8s cordon\` with \`--overwrite\` sets it.`,
        ),
        ...loosened(
          loose.filter((hold) => !left.includes(hold)).map(({ autoscaler }) => autoscaler),
          holds.length,
        ),
        ...set
          .filter((hold) => other.includes(hold))
          .map(
            ({ annotation, now }) =>
              `Overwrites annotation ${annotation}: ${shown(now)} becomes ${shown(HOLDING)}.`,
          ),
        ...takes,
        NOT_STOPPED,
      ],
      notes: [
        ...(cordoned
          ? [
              ours === undefined
                ? 'It is already cordoned, not by Firebreak: only the annotations are added, and undoing leaves it cordoned.'
                : `It is already cordoned by ${ours.run}: only the annotations are added.`,
            ]
          : []),
        await podsThere(cluster, target.name, signal),
        'DaemonSet pods still start there.',
        note,
      ],
    };
  },

  execute: async ({ target, change, progress }) => {
    progress({ phase: 'change', bytes: 0 });
    const fields = (await change()).flatMap((made) => made.fields);
    const has = (path: readonly string[]) => fields.some((field) => pathKey(field.path) === pathKey(path));
    const told = HOLDS.filter(({ path }) => has(path)).map(({ autoscaler }) => autoscaler);
    const was = has(UNSCHEDULABLE_PATH) ? 'is cordoned' : 'was cordoned already';
    return {
      summary: `${targetName(target)} ${was}; ${
        told.length === 0
          ? 'no autoscaler was told to keep it'
          : `${listed(told)} ${told.length === 1 ? 'is' : 'are'} told to keep it`
      }.`,
      findings: [],
    };
  },
};

/** Said where nothing is to hold the node although something could. */
const loosened = (autoscalers: readonly string[], all: number): readonly string[] => {
  if (autoscalers.length === 0) return [];
  const against = autoscalers.length === all ? '' : ` against ${listed(autoscalers)}`;
  return [
    `Nothing holds the node${against}: an autoscaler may take it away as soon as it looks unneeded, and with it everything that is on it.`,
  ];
};
