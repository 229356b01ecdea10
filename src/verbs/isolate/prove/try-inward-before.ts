import type { ProofTargets, TryResult } from '../../../core/proof.ts';
import { targetAddress } from '../../../core/proof.ts';
import { type ProofPlaces, tryBothWays } from './try-both-ways.ts';

/** What the inward tries gave before the deny, by address: their positive control. */
export type InwardBefore = Readonly<Record<string, TryResult>>;

/** Shows, before the deny, that the pod can be reached from the control. Throws only when the signal aborts. */
export const tryInwardBefore = async (
  places: ProofPlaces,
  { tries, listenerPort }: ProofTargets,
): Promise<InwardBefore> => {
  const inward = tries.filter(({ direction }) => direction === 'inward');
  const tried = await tryBothWays(places, { tries: inward, listenerPort, ways: 'inward' });
  return Object.fromEntries(
    inward.map((target, index) => [targetAddress(target), tried.inward[index]?.result ?? 'not tested']),
  );
};
