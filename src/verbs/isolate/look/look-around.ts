import type { Permission } from '../../../core/permission.ts';
import { type Pod, podSchema } from '../../../core/pod.ts';
import { ENGINE_READ, type EngineLook, lookForEngine } from '../../../core/policy-engine.ts';
import type { PlanContext } from '../../../core/verb.ts';
import { LABEL_READS, labelRisks } from '../../labels/label-risks.ts';
import { carriersOf } from '../deny/carriers.ts';
import { chooseDeny, type DenyChoice } from '../deny/choose-deny.ts';
import { refusedKinds } from '../deny/refused-kinds.ts';
import { budgetSentences } from './budgets.ts';
import { type Connections, connectionsOf, NEVER_CUT, openSentence } from './connections.ts';
import { CONTROLLER_READS, type ControllerLook, controllerOf } from './controller.ts';
import { type DetachChoice, detachChoice } from './detach-choice.ts';
import { engineSentence, unlookedKinds } from './engine-words.ts';
import { gitopsSentences } from './gitops.ts';
import { MAY_UNDO_READ, mayUndoSentences } from './may-undo.ts';
import { networkOf, networkSentences, type PodNetwork } from './network.ts';
import { NODE_READ, nodeEngineSentences } from './node-engine.ts';
import { onceDenied } from './once-denied.ts';
import { POLICY_READS } from './policy-kinds.ts';
import { policySentences } from './policy-words.ts';
import { type ProbedContainer, probedContainers, probeSentences } from './probes.ts';
import { replacementSentences } from './replacement.ts';
import {
  openingsOf,
  type SelectingPolicies,
  type SelectingPolicy,
  selectingPolicies,
} from './selecting-policies.ts';
import { serviceSentences, servicesOf } from './services.ts';
import { boundToOne } from './volumes.ts';

/** Whole sentences for the card. */
export interface Sentences {
  readonly risks: readonly string[];
  readonly notes: readonly string[];
}

/** What was seen of a pod before anyone is asked to isolate it. */
export interface Look {
  readonly pod: Pod;
  readonly network: PodNetwork;
  readonly engine: EngineLook;
  readonly selecting: SelectingPolicies;
  /** Policies that still let something through beside a deny-all NetworkPolicy. */
  readonly openings: readonly SelectingPolicy[];
  readonly deny: DenyChoice;
  /** What becomes of connections that are open when the deny takes hold. */
  readonly connections: Connections;
  readonly probes: readonly ProbedContainer[];
  readonly controller: ControllerLook;
  readonly detach: DetachChoice;
  /** What the card says of it, by whether the pod is to be detached. */
  readonly says: Readonly<Record<'detach' | 'keep', Sentences>>;
}

/** Of what a change of labels reads: what is here already, and what is about ReplicaSets alone. */
const READ_ANYWAY = ['daemonsets', 'deployments', 'networkpolicies'];

/** Everything that is read or asked; one that is missing is a sentence, never a refusal. */
export const LOOK_READS: readonly Permission[] = [
  ENGINE_READ,
  ...POLICY_READS,
  { verb: 'get', group: '', resource: 'namespaces' },
  { verb: 'list', group: '', resource: 'pods' },
  { verb: 'list', group: 'discovery.k8s.io', resource: 'endpointslices' },
  { verb: 'get', group: '', resource: 'persistentvolumeclaims' },
  MAY_UNDO_READ,
  NODE_READ,
  ...CONTROLLER_READS,
  ...LABEL_READS.filter(({ resource }) => !READ_ANYWAY.includes(resource)),
];

const isReady = ({ status }: Pod): 'yes' | 'no' =>
  status.containerStatuses.length > 0 && status.containerStatuses.every(({ ready }) => ready) ? 'yes' : 'no';

/**
 * Looks at all that decides whether a pod can be cut off, and at what that would do to others: reads alone. `label` is the
 * key that the run will set on the pod, with its id for a value. Throws ZodError for what is no pod.
 */
export const lookAround = async (
  context: Pick<PlanContext, 'cluster' | 'target' | 'object' | 'mayRun' | 'signal'>,
  names: { readonly label: string },
): Promise<Look> => {
  const { cluster, object, signal } = context;
  const pod = podSchema.parse(object);
  const { namespace } = pod.metadata;
  const network = networkOf(object);
  const [engine, onNode, selecting, carriers, controller, services, bound, budgets, mayUndo] =
    await Promise.all([
      lookForEngine(cluster, signal),
      nodeEngineSentences(cluster, pod.spec.nodeName, signal),
      selectingPolicies(cluster, pod, names.label, signal),
      carriersOf(cluster, { namespace, label: names.label }, signal),
      controllerOf(cluster, pod, signal),
      servicesOf(cluster, pod, signal),
      boundToOne(cluster, object, signal),
      budgetSentences(cluster, pod, signal),
      mayUndoSentences(cluster, pod, signal),
    ]);
  const refused = await refusedKinds(context, selecting);
  const deny = chooseDeny({ namespace, label: names.label, network, engine, selecting, carriers, refused });
  const connections = connectionsOf(engine, selecting);
  const detach = detachChoice(pod, controller, bound, services);
  const probes = probedContainers(object);
  const relabelled =
    detach.detach.kind === 'possible'
      ? await labelRisks(
          { ...onceDenied(cluster, pod, names.label), target: context.target, signal },
          detach.detach.fields,
        )
      : [];

  const enforced = engineSentence(engine);
  const policies = policySentences(selecting);
  const risks = [
    ...networkSentences(network),
    ...(enforced.says === 'risk' ? [enforced.sentence] : []),
    ...onNode,
    ...(deny.kind === 'none' ? [deny.why, deny.next] : []),
    ...deny.risks,
    ...policies.risks,
    ...unlookedKinds(engine),
    ...(connections === 'cut' ? [] : [openSentence(connections)]),
    ...probeSentences(probes),
    ...mayUndo,
  ];
  const notes = [
    ...(enforced.says === 'note' ? [enforced.sentence] : []),
    ...policies.notes,
    ...deny.notes,
    ...(connections === 'cut' ? [openSentence(connections)] : []),
    NEVER_CUT,
    ...gitopsSentences(pod, controller),
    detach.why,
  ];
  const ready = isReady(pod);
  const preview = (mode: 'detach' | 'keep'): readonly string[] => [
    ...replacementSentences(controller, { ready }, mode),
    ...serviceSentences(services, mode),
  ];
  return {
    ...{ pod, network, engine, selecting, openings: openingsOf(selecting), deny, connections },
    ...{ probes, controller, detach },
    says: {
      detach: { risks: [...risks, ...relabelled], notes: [...notes, ...preview('detach')] },
      keep: { risks, notes: [...notes, ...preview('keep'), ...budgets] },
    },
  };
};
