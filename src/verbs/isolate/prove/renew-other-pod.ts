import type { ClusterReader } from '../../../core/cluster.ts';
import type { ProofTarget, ProofTargets } from '../../../core/proof.ts';
import { findOtherPod } from './other-pod.ts';
import { provenPodSchema } from './proven-pod.ts';

/**
 * For a proof that is repeated: a pod in another namespace that is there now. The one that was planned may be gone, and
 * its address may be another's. Every other target stays; so does this one where no other is found.
 */
export const renewOtherPod = async (
  reader: ClusterReader,
  targets: ProofTargets,
  pod: unknown,
  signal: AbortSignal,
): Promise<ProofTargets> => {
  const { targets: found } = await findOtherPod(reader, provenPodSchema.parse(pod), signal);
  const [renewed] = found;
  if (renewed === undefined) return targets;
  const isOther = ({ what }: ProofTarget): boolean => what === 'another pod';
  const at = targets.tries.findIndex(isOther);
  if (at === -1) return targets;
  const tries = targets.tries.filter((one, index) => !isOther(one) || index === at);
  return { ...targets, tries: tries.with(at, { direction: 'outward', ...renewed }) };
};
