import type { Method } from '../../../core/plan.ts';
import { SAID } from '../../../core/read-flags.ts';
import type { PodTarget } from '../../../core/target.ts';
import type { PlanContext, RunNames, WantedWrite } from '../../../core/verb.ts';
import { listed } from '../../changes/change-words.ts';
import { footholdMethods } from '../../footholds/foothold-methods.ts';
import { requireToolImage } from '../../footholds/require-tool-image.ts';
import { STEPS } from '../isolation-steps.ts';
import type { Look } from '../look/look-around.ts';
import { provenPodSchema } from '../prove/proven-pod.ts';
import { admitsOf, makeNetns } from './netns-body.ts';
import { fromNode, nodeFoothold, nodeVisitSeconds } from './node-visit.ts';
import { pastTheRules } from './past-the-rules.ts';

export interface PlannedFromNode {
  readonly writes: (names: RunNames) => readonly WantedWrite[];
  readonly methods: readonly Method[];
  readonly risks: readonly string[];
  readonly notes: readonly string[];
}

export const isFromNode = ({ arguments: given }: Pick<PlanContext, 'arguments'>): 'yes' | 'no' =>
  given['from-node'] === SAID ? 'yes' : 'no';

/** Where a policy would leave something open, that there is a way which does not. */
const offered = ({ deny, connections, engine }: Look): readonly string[] =>
  deny.kind === 'none' || connections !== 'cut' || engine.kind === 'none found'
    ? [
        'With `--from-node` it is cut off in its own network namespace too, from its node, which needs no network engine and ends what is open.',
      ]
    : [];

/**
 * Cuts the pod off in its own network namespace, where that was asked for. Nothing but what came from the API goes into
 * the rules. Throws `config-invalid` without a tool image.
 */
export const planFromNode = (context: PlanContext, pod: PodTarget, look: Look): PlannedFromNode => {
  if (isFromNode(context) === 'no') return { writes: () => [], methods: [], risks: [], notes: offered(look) };
  const { entry } = context;
  const toolImage = requireToolImage(entry);
  const object = provenPodSchema.parse(context.object);
  const { from, ports } = admitsOf(object);
  const nobody = { run: '', case: '' };
  const admitted =
    ports.length === 0 || from.length === 0
      ? 'nothing passes but its loopback interface'
      : `nothing passes but its loopback interface and its own node (${from.join(', ')}, and the address by which the node reaches it) at ${ports.length === 1 ? 'port' : 'ports'} ${listed(ports.map(String), ports.length)}, where kubelet probes it`;
  return {
    writes: (names) =>
      fromNode(entry, pod.node, names, STEPS.node, [
        makeNetns({ pod, object, toolImage }, names.run, STEPS.node),
      ]),
    methods: [
      ...footholdMethods([nodeFoothold(entry, pod.node, nobody)], {
        deadlineSeconds: nodeVisitSeconds(entry),
      }),
      {
        what: `Load one table of nftables into the pod’s own network namespace, from its node: ${admitted}. Then end its open connections, and the pod on the node`,
        creates: 'a table in the pod’s network namespace, which goes with the pod',
      },
    ],
    risks: pastTheRules(context.object),
    notes: [],
  };
};
