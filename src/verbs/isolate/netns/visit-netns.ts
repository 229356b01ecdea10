import { z } from 'zod';
import { FirebreakError } from '../../../core/firebreak-error.ts';
import type { Netns } from '../../../core/netns.ts';
import { type MarkedVisit, runMarked } from '../prove/run-marked.ts';
import { type NetnsDeed, type NetnsPod, netnsScript, type SeenTable } from './netns-script.ts';

/**
 * `half`: as it should be, but what was open may not have been cut yet. `other`: something of its name that is not as it
 * was made.
 */
const STATES = ['absent', 'half', 'whole', 'other'] as const;
export type TableState = (typeof STATES)[number];

export interface NetnsVisit {
  readonly state: TableState;
  readonly seen: SeenTable;
  /** `moved`: what stands there is not what was seen before. */
  readonly done: 'look' | 'try' | 'load' | 'remove' | 'taken' | 'absent' | 'moved';
}

const lineSchema = z
  .string()
  .transform((line) => line.split(' '))
  .pipe(
    z.union([
      z.tuple([z.literal('table'), z.enum(STATES), z.string(), z.string(), z.string()]),
      z.tuple([z.literal('done'), z.enum(['look', 'try', 'load', 'remove', 'taken', 'absent', 'moved'])]),
      z.tuple([z.literal('failed'), z.enum(['no-process', 'node-network', 'compare', 'nft'])], z.string()),
    ]),
  );

const FAILURES = {
  'no-process': [
    'not-running',
    'On its node no process of the pod’s containers was found, so that its network could not be entered.',
    'Look with `/k8s inspect` whether it still runs, and ask again.',
  ],
  'node-network': [
    'conflict',
    'The pod is on its node’s own network: rules there would cut off the node. Nothing was loaded.',
    'Cordon the node, and isolate the machine in its cloud.',
  ],
  compare: [
    'not-running',
    'The kernel of the pod’s node does not take the rules that would cut it off.',
    'The node needs nf_tables with the family inet (Linux 3.14 or later).',
  ],
  nft: [
    'not-running',
    'The kernel of the pod’s node refused the rules that would cut it off',
    'The node needs nf_tables with the family inet (Linux 3.14 or later).',
  ],
} as const;

const failed = (kind: keyof typeof FAILURES, said: string): FirebreakError => {
  const [code, message, next] = FAILURES[kind];
  return new FirebreakError({
    ...{ code, next, message: kind === 'nft' ? `${message}: ${said.trim()}.` : message },
    // nft loads all of it or nothing; the rules are compared a second time once they are loaded.
    ...(kind === 'compare' ? {} : { delivery: 'never' }),
  });
};

/**
 * Enters the pod's network namespace from a node pod, and looks at or changes Firebreak's own table there. Throws
 * `not-running` where that can't be done, `conflict` for a pod on its node's network, `exec-lost` where nobody knows
 * what was done, and the signal's reason.
 */
export const visitNetns = async (
  visit: MarkedVisit,
  netns: Netns,
  pod: NetnsPod,
  deed: NetnsDeed,
): Promise<NetnsVisit> => {
  let table: Pick<NetnsVisit, 'state' | 'seen'> | undefined;
  let done: NetnsVisit['done'] | undefined;
  let failure: FirebreakError | undefined;
  const end = await runMarked(visit, netnsScript(netns, pod, deed), {
    take: (line) => {
      const said = lineSchema.safeParse(line);
      if (!said.success) return;
      if (said.data[0] === 'done') done = said.data[1];
      else if (said.data[0] === 'failed') failure = failed(said.data[1], said.data.slice(2).join(' '));
      else {
        const [, state, net, handle, digest] = said.data;
        table = { state, seen: { net, handle, digest } };
      }
    },
  });
  if (failure !== undefined) throw failure;
  if (table !== undefined && done !== undefined) return { ...table, done };
  throw new FirebreakError({
    code: 'exec-lost',
    message: `What was done in the pod’s network from its node is not known: ${end.kind === 'broken' ? end.why : 'the answer did not arrive whole'}.`,
    next: 'Ask again; it looks first at what stands there.',
    retry: 'retry can help',
  });
};
