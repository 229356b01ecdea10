import { z } from 'zod';

const podSchema = z.looseObject({
  spec: z.looseObject({ hostNetwork: z.boolean().default(false) }),
  status: z.looseObject({ phase: z.string().default('Unknown'), podIP: z.string().default('') }),
});

/** `of the node`: no policy for pods holds it. `none yet`: it has no address. `ended`: nothing of it runs any more. */
export const POD_NETWORKS = ['own', 'of the node', 'none yet', 'ended'] as const;
export type PodNetwork = (typeof POD_NETWORKS)[number];

export const networkOf = (object: unknown): PodNetwork => {
  const { spec, status } = podSchema.parse(object);
  if (status.phase === 'Succeeded' || status.phase === 'Failed') return 'ended';
  if (spec.hostNetwork) return 'of the node';
  return status.podIP === '' ? 'none yet' : 'own';
};

const SENTENCES: Readonly<Record<PodNetwork, readonly string[]>> = {
  own: [],
  'of the node': [
    'It uses the network of its node: no policy for pods holds it, and what it does looks like the node’s own traffic.',
  ],
  'none yet': ['It has no address yet: there is nothing to prove before it runs.'],
  ended: ['None of its containers runs any more: there is nothing to cut off.'],
};

export const networkSentences = (network: PodNetwork): readonly string[] => SENTENCES[network];
