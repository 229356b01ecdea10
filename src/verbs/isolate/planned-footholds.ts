import type { ClusterEntry } from '../../core/cluster-entry.ts';
import { fieldAt } from '../../core/field-at.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import type { FootholdOrder } from '../../core/foothold.ts';
import type { Method } from '../../core/plan.ts';
import { SAID } from '../../core/read-flags.ts';
import type { PodTarget } from '../../core/target.ts';
import type { PlanContext, RunNames, WantedWrite } from '../../core/verb.ts';
import { notPlanned } from '../changes/change-words.ts';
import { ephemeralFoothold } from '../footholds/ephemeral-foothold.ts';
import {
  footholdLeaves,
  footholdMethods,
  footholdRisks,
  type PlannedFoothold,
} from '../footholds/foothold-methods.ts';
import { type PodSecurityLevel, readPodSecurityLevel } from '../footholds/pod-security-level.ts';
import { probePod } from '../footholds/probe-pod.ts';
import { requireToolImage } from '../footholds/require-tool-image.ts';
import { STEPS } from './isolation-steps.ts';

/** Where an isolation is looked at from, as the plan declares it. */
export interface PlannedFootholds {
  readonly writes: (names: RunNames) => readonly WantedWrite[];
  readonly methods: readonly Method[];
  readonly leaves: readonly string[];
  readonly risks: readonly string[];
}

/** The container whose network and user the foothold takes: one that runs. Throws `conflict` where none does. */
export const runningContainer = ({ containers, name }: Pick<PodTarget, 'containers' | 'name'>): string => {
  const running = containers.find(({ state }) => state === 'running');
  if (running !== undefined) return running.name;
  throw notPlanned(
    `No container of pod/${name} runs, so nothing can be looked at from inside its network.`,
    'Look at it with `/k8s inspect`, and ask again when it runs.',
  );
};

/** Where the level may not be read the strictest is kept to: it is accepted everywhere. */
const levelOf = async ({ cluster, target, signal }: PlanContext): Promise<PodSecurityLevel> => {
  try {
    return await readPodSecurityLevel(cluster, target.namespace, signal);
  } catch (thrown) {
    if (thrown instanceof FirebreakError && thrown.code === 'not-allowed') return 'restricted';
    throw thrown;
  }
};

const seconds = (ms: number): number => Math.ceil(ms / 1000);

/**
 * A container beside the target and a pod outside of the isolation. With `--probe-with-target` the suspect's own programs
 * stand for the first, and without a tool image nothing for the second. Throws `config-invalid` where a tool image is needed.
 */
export const plannedFootholds = async (
  context: PlanContext,
  pod: PodTarget,
  container: string,
): Promise<PlannedFootholds> => {
  const { entry, object, arguments: given } = context;
  const own = given['probe-with-target'] === SAID;
  if (!own) requireRoomBeside(object, pod);
  const toolImage = own ? entry.toolImage : requireToolImage(entry);
  if (toolImage === undefined) return { ...BY_TARGET_ALONE, methods: [ownPrograms(container)] };
  const level = own ? 'restricted' : await levelOf(context);
  const deadlineSeconds = seconds(entry.footholds.deadlineMs);
  const orderOf = (names: RunNames): FootholdOrder => ({ ...names, toolImage, deadlineSeconds });
  const footholdsOf = (names: RunNames): readonly PlannedFoothold[] => {
    const order = orderOf(names);
    const beside = own
      ? []
      : ([
          {
            kind: 'ephemeral container',
            ...{ namespace: pod.namespace, pod: pod.name },
            container: ephemeralFoothold(order, object, container, level),
          },
        ] as const);
    return [...beside, { kind: 'probe pod', job: probePod(order, placeOf(entry, pod)) }];
  };
  const planned = footholdsOf({ run: '', case: '' });
  return {
    writes: (names) => footholdsOf(names).map(writeOf),
    methods: [...(own ? [ownPrograms(container)] : []), ...footholdMethods(planned, { deadlineSeconds })],
    leaves: footholdLeaves(planned, { deadlineSeconds }),
    risks: [...footholdRisks(planned), ...(own ? [BY_TARGET] : [])],
  };
};

const MIRROR_PATH = ['metadata', 'annotations', 'kubernetes.io/config.mirror'] as const;

/**
 * The API server adds no container to what kubelet runs from a file. Throws `conflict`.
 * Source: Kubernetes, pkg/apis/core/validation, ValidatePodEphemeralContainersUpdate.
 */
const requireRoomBeside = (object: unknown, { name }: PodTarget): void => {
  if (fieldAt(object, MIRROR_PATH) === null) return;
  throw notPlanned(
    `kubelet runs pod/${name} from a file on its node, and Kubernetes takes no container beside the pod’s own; nothing was planned.`,
    'Ask with `--probe-with-target`: the pod is cut off all the same, and PARTIAL is the best verdict.',
  );
};

/** Nothing is written into it: the scripts arrive on stdin. */
const ownPrograms = (container: string): Method => ({
  what: `Run sh and what it finds in container ${container} of the suspect itself, to read its network and to make the tries`,
  creates: 'processes in the container, for seconds',
});

const placeOf = ({ footholds }: ClusterEntry, { node }: PodTarget) => ({
  namespace: footholds.namespace,
  awayFrom: node,
});

const BY_TARGET =
  'The proof is made with the suspect’s own programs, which can lie: PARTIAL is the best verdict that it can have.';

const BY_TARGET_ALONE: PlannedFootholds = {
  writes: () => [],
  methods: [],
  leaves: [],
  risks: [
    BY_TARGET,
    'No pod outside of the isolation makes the same tries, since the cluster names no toolImage.',
  ],
};

const writeOf = (foothold: PlannedFoothold): WantedWrite => {
  if (foothold.kind === 'ephemeral container')
    return { action: 'add container', step: STEPS.look, container: foothold.container };
  const { job } = foothold;
  const { name, namespace } = job.metadata;
  return { action: 'make', step: STEPS.look, kind: 'job', namespace, name, body: job };
};
