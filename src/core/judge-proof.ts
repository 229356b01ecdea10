import type { EngineLook } from './policy-engine.ts';
import {
  OPTIONAL_SUBJECTS,
  type Proof,
  type ProofSockets,
  type ProofSubject,
  type ProofTry,
  type Prover,
  type RestartCounts,
  type Verdict,
} from './proof.ts';

/** What is known of the cluster's network before anything is tried. */
export interface NetworkFacts {
  /** `host`: the pod shares its node's network. */
  readonly network: 'pod' | 'host';
  /** What was found that should enforce policies. */
  readonly engine?: EngineLook;
}

export interface ProofInput {
  readonly tries: readonly ProofTry[];
  /** What could not even be tried. */
  readonly lacking: readonly string[];
  readonly sockets: ProofSockets;
  readonly restarts: Proof['restarts'];
  readonly by: Prover;
  /** Whether a pod outside of the isolation made the same tries. */
  readonly control: 'present' | 'none';
  readonly facts: NetworkFacts;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** Whole sentences, the weightiest first. */
  readonly reasons: readonly string[];
  readonly next?: string;
}

/**
 * `void`: nothing is there to be reached, with the isolation or without it. `unproven`: it failed, and nobody knows
 * whether it would have without the isolation.
 */
type Meaning = 'through' | 'held' | 'void' | 'unproven' | 'untested';

const isOptional = (what: ProofSubject): boolean =>
  (OPTIONAL_SUBJECTS as readonly ProofSubject[]).includes(what);

const meaningOf = ({ result, control, what }: ProofTry): Meaning => {
  if (result === 'reached') return 'through';
  if (result === 'not tested') return 'untested';
  if (control === 'reached') return 'held';
  return control === 'no answer' || isOptional(what) ? 'void' : 'unproven';
};

const WORDS: Readonly<Record<ProofSubject, string>> = {
  'cluster DNS': 'the cluster’s DNS',
  'node-local DNS': 'the node-local DNS',
  'API server': 'the API server',
  metadata: 'the cloud’s metadata',
  'pod identity': 'the pod identity agent',
  kubelet: 'its node’s kubelet',
  'another pod': 'a pod in another namespace',
  canary: 'the canary',
  listener: 'a listener of Firebreak’s in the pod',
  'container port': 'a port that the pod declares',
};

const joined = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

const named = (tries: readonly ProofTry[]): string =>
  joined([...new Set(tries.map(({ what }) => WORDS[what]))]);

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

const restartLines = ({
  before,
  after,
}: {
  before: RestartCounts;
  after: RestartCounts;
}): readonly string[] =>
  Object.entries(after).flatMap(([container, count]) => {
    const rise = count - (before[container] ?? 0);
    return rise > 0
      ? [
          `RESTARTED: container ${container} was restarted ${counted(rise, 'time', 'times')} since the isolation began, and what was in its memory is gone.`,
        ]
      : [];
  });

const socketLines = (sockets: ProofSockets): readonly string[] => {
  if (sockets.state === 'not read')
    return [`It could not be seen which connections are open: ${sockets.why}.`];
  const { stillOpen, newlyOpen } = sockets;
  return [
    ...(stillOpen === 0
      ? []
      : [
          `${counted(stillOpen, 'connection that was open before is', 'connections that were open before are')} still open.`,
        ]),
    ...(newlyOpen === 0
      ? []
      : [
          `${counted(newlyOpen, 'connection is', 'connections are')} open that ${newlyOpen === 1 ? 'was' : 'were'} not seen before.`,
        ]),
  ];
};

const throughLines = (through: readonly ProofTry[]): readonly string[] => {
  const [outward, inward] = (['outward', 'inward'] as const).map((direction) =>
    through.filter((one) => one.direction === direction),
  );
  return [
    ...(outward === undefined || outward.length === 0 ? [] : [`The pod still reaches ${named(outward)}.`]),
    ...(inward === undefined || inward.length === 0
      ? []
      : [`A pod outside of the isolation still reaches ${named(inward)}.`]),
  ];
};

const untestedLine = (untested: readonly ProofTry[]): readonly string[] => {
  if (untested.length === 0) return [];
  const why = [...new Set(untested.map(({ why: said }) => said ?? 'no answer to that came back'))];
  return [
    `${counted(untested.length, 'try was', 'tries were')} not made: ${named(untested)} (${joined(why)}).`,
  ];
};

/** What failed, and was asked of nobody outside: that it is there to be reached was not shown. */
const unshownLine = (unshown: readonly ProofTry[]): readonly string[] =>
  unshown.length === 0
    ? []
    : [
        `${counted(unshown.length, 'try failed that could not be made outside of the isolation, so that it proves', 'tries failed that could not be made outside of the isolation, so that they prove')} nothing: ${named(unshown)}.`,
      ];

/** What the control has to have shown before a failed try proves anything. */
const controlLines = (control: ProofInput['control'], held: readonly ProofTry[]): readonly string[] => {
  if (control === 'none')
    return ['No pod outside of the isolation made the same tries, so that they fail proves little.'];
  const subjects = new Set(held.map(({ what }) => what));
  return [
    ...(subjects.has('cluster DNS') || subjects.has('API server')
      ? []
      : ['Neither the cluster’s DNS nor the API server was shown to be cut off from the pod alone.']),
    ...(subjects.has('another pod')
      ? []
      : ['No pod in another namespace was shown to be cut off from this pod alone.']),
    ...(held.some(({ direction }) => direction === 'inward')
      ? []
      : ['It was not shown that the pod could be reached before and no longer can.']),
  ];
};

const voidLine = (tries: readonly ProofTry[]): readonly string[] =>
  tries.length === 0
    ? []
    : [
        `${counted(tries.length, 'try proves', 'tries prove')} nothing, for outside of the isolation nothing answered there either: ${named(tries)}.`,
      ];

/** What follows from a proof. Never better than what was seen. Pure. */
export const judgeProof = (input: ProofInput): Judgement => {
  const { tries, facts, by, control, sockets } = input;
  const of = (meaning: Meaning): readonly ProofTry[] => tries.filter((one) => meaningOf(one) === meaning);
  const [through, held, untested] = [of('through'), of('held'), of('untested')];
  const unshown = tries.filter((one) => one.result === 'no answer' && one.control === 'not tested');
  const restarted = restartLines(input.restarts);
  const open = socketLines(sockets);

  if (facts.network === 'host')
    return {
      verdict: 'NOT ENFORCED',
      reasons: [
        ...restarted,
        'The pod is on its node’s own network, where no policy for pods holds it.',
        ...throughLines(through),
      ],
      next: 'Cordon its node and cut that off from the network by the cloud’s means; then everything on it is cut off.',
    };
  if (tries.length === untested.length)
    return {
      verdict: 'NOT ENFORCED',
      reasons: [...restarted, 'Nothing could be tested.', ...untestedLine(untested), ...open],
      next: 'Look at what kept the tries from being made, and ask for the proof again.',
    };
  if (through.length > 0 && held.length === 0 && of('unproven').length === 0)
    return {
      verdict: 'NOT ENFORCED',
      reasons: [
        ...restarted,
        `Nothing holds the pod: ${through.length === 1 ? 'the one try that could' : `all ${through.length} tries that could`} get through did.`,
        ...throughLines(through),
        ...untestedLine(untested),
        ...open,
      ],
      next: unenforcedNext(facts.engine),
    };

  const short = [
    ...throughLines(through),
    ...open,
    ...untestedLine(untested),
    ...(control === 'none' ? [] : unshownLine(unshown)),
    ...input.lacking,
    ...controlLines(control, held),
    ...(by === 'firebreak tools'
      ? []
      : ['The outward tries were made by the suspect’s own programs, and those can lie.']),
  ];
  const notes = [...voidLine(of('void').filter((one) => !unshown.includes(one))), ...exceptedLine(sockets)];
  if (short.length > 0)
    return {
      verdict: 'PARTIAL',
      reasons: [...restarted, ...short, ...notes],
      next: nextOf(through, sockets),
    };
  const [outward, inward] = (['outward', 'inward'] as const).map(
    (direction) => held.filter((one) => one.direction === direction).length,
  );
  return {
    verdict: 'CONTAINED',
    reasons: [
      ...restarted,
      `Nothing got through: ${outward} tries from the pod and ${inward} to it failed, all of which succeed without the isolation.`,
      'No connection is open.',
      ...notes,
    ],
  };
};

/** That the API server accepts a policy says nothing: it does so in a cluster that enforces none. */
const unenforcedNext = (engine: EngineLook | undefined): string => {
  const instead =
    'cut the pod off at its node (`--from-node`), or ask for network enforcement in this cluster';
  if (engine?.kind === 'found')
    return `The policy is there and ${joined(engine.engines.map(({ name }) => name))} does not act on it: look at its log on this node; until then ${instead}.`;
  if (engine?.kind === 'none found' && engine.off.length > 0)
    return `The policy is there and nothing acts on it, as ${joined(engine.off)}: switch that on, or ${instead}.`;
  return `The policy is there and nothing acts on it: ${instead}.`;
};

const exceptedLine = (sockets: ProofSockets): readonly string[] =>
  sockets.state === 'not read' || sockets.excepted === 0
    ? []
    : [
        `${counted(sockets.excepted, 'connection', 'connections')} of its own node’s probes ${sockets.excepted === 1 ? 'is' : 'are'} let through on purpose.`,
      ];

const nextOf = (through: readonly ProofTry[], sockets: ProofSockets): string => {
  if (through.length > 0)
    return 'Find the policy or the exception that lets this through, and take it away or outrank it.';
  if (sockets.state === 'read' && sockets.stillOpen + sockets.newlyOpen > 0)
    return 'Isolate it again with `--from-node`, which ends the open connections.';
  return 'See to what is missing, and ask for the proof again.';
};
