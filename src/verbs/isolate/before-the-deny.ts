import { fieldAt, sameValue } from '../../core/field-at.ts';
import type { PlannedProof } from '../../core/planned-proof.ts';
import type { RestartCounts } from '../../core/proof.ts';
import { podTarget, type Target } from '../../core/target.ts';
import type { ExecuteContext } from '../../core/verb.ts';
import { presentTarget } from '../acquire/present-target.ts';
import { ISOLATED_BY_PATH } from './isolated-by.ts';
import { captureNetwork, type NetworkCapture, openBeforeOf } from './prove/capture-network.ts';
import type { KnownBefore } from './prove/prove.ts';
import { provenPodSchema, restartsOf } from './prove/proven-pod.ts';
import type { ProofPlaces } from './prove/try-both-ways.ts';
import { tryInwardBefore } from './prove/try-inward-before.ts';

export interface BeforeTheDeny {
  readonly before: KnownBefore;
  readonly capture: NetworkCapture;
  /** `after`: an earlier worker of this run had cut it off already, so that what was before is no longer to be seen. */
  readonly taken: 'before the deny' | 'after it';
}

/** What the cut may have cost since is not to be seen in the pod as it is now. */
const asApproved = (target: Target): RestartCounts =>
  Object.fromEntries(podTarget(target).containers.map(({ name, restartCount }) => [name, restartCount]));

/** What a proof after the deny is compared with: who reached the pod, what was open, how often its containers were restarted. */
export const seeBefore = async (
  context: ExecuteContext,
  places: ProofPlaces,
  { targets, reachedBefore = [] }: PlannedProof,
): Promise<BeforeTheDeny> => {
  const { raw } = await presentTarget(context);
  const isCut = sameValue(fieldAt(raw, ISOLATED_BY_PATH), context.names.run);
  const capture = await captureNetwork({
    ...{ client: places.client, clock: places.clock, signal: places.signal },
    ...{ where: places.from, tools: places.from.tools },
  });
  const pod = provenPodSchema.parse(raw);
  const restarts = restartsOf(pod);
  const known = Object.fromEntries(reachedBefore.map((address) => [address, 'reached' as const]));
  if (isCut)
    return {
      before: { inward: known, open: undefined, restarts: { ...restarts, ...asApproved(context.target) } },
      ...{ capture, taken: 'after it' },
    };
  return {
    before: {
      inward: { ...(await tryInwardBefore(places, targets)), ...known },
      open: openBeforeOf(capture, pod, targets.listenerPort),
      restarts,
    },
    capture,
    taken: 'before the deny',
  };
};
