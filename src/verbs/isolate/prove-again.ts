import { driftOf } from '../../core/drift.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { podSchema } from '../../core/pod.ts';
import type { Proof } from '../../core/proof.ts';
import { podTarget } from '../../core/target.ts';
import type { ProveContext } from '../../core/verb.ts';
import { findPlaces } from './proof-places.ts';
import { knownFrom, prove } from './prove/prove.ts';
import { renewOtherPod } from './prove/renew-other-pod.ts';

const hadControl = ({ tries }: Proof): boolean =>
  tries.some(({ direction, control }) => direction === 'outward' && control !== 'not tested');

/** A proof that lost its control would call PARTIAL what holds as it did before. */
const withoutControl = (why: string): FirebreakError =>
  new FirebreakError({
    code: 'not-running',
    message:
      'The pod that tries the same from outside of the isolation is no longer there, so nothing would be proven.',
    next: why,
  });

/** The proof of an isolation that is in force, made once more with what the run's footholds can still see. */
export const proveAgain = async (context: ProveContext): Promise<Proof> => {
  const { cluster, target, proof: planned, last, signal } = context;
  if (planned === undefined || last === undefined)
    throw new FirebreakError({
      code: 'conflict',
      message: 'The run has no proof that could be repeated.',
      next: 'Isolate the pod again.',
    });
  const { namespace, name, uid } = target;
  const path = { group: '', version: 'v1', resource: 'pods', namespace, name };
  const pod = await cluster.get(path, signal);
  const [{ places, without }, targets] = await Promise.all([
    findPlaces({ ...context, drift: driftOf(podTarget(target), podSchema.parse(pod)) }),
    renewOtherPod(cluster, planned.targets, pod, signal),
  ]);
  if (without !== undefined && hadControl(last)) throw withoutControl(without);
  return await prove({
    ...places,
    client: cluster,
    pod: { namespace, name, uid },
    targets,
    before: knownFrom(last),
    facts: { engine: planned.engine },
  });
};
