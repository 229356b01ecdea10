import type { Clock } from '../../core/clock.ts';
import type { ClusterReader } from '../../core/cluster.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { type Foothold, type FootholdRef, footholdName } from '../../core/foothold.ts';
import type { FootholdSight } from './foothold-sight.ts';
import { lookAtFoothold } from './look-at-foothold.ts';

const POLL_MS = 250;
/** Pulling the image (some 20 MB) is most of it. */
const START_WITHIN_MS = 90_000;

/**
 * Resolves as soon as it runs, with what to exec into. Throws `not-running` when it can't start, or has not within 90 s, with
 * the cluster's own reason; `target-replaced` when its target is gone; `not-found` when it was never made; and as
 * `ClusterReader` does.
 */
export const waitForFoothold = async (
  cluster: Pick<ClusterReader, 'get' | 'list'>,
  ref: FootholdRef,
  signal: AbortSignal,
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>,
): Promise<Foothold> => {
  const until = clock.monotonicMs() + START_WITHIN_MS;
  for (;;) {
    const sight = await lookAtFoothold(cluster, ref, signal);
    if (sight.kind === 'running') return sight.foothold;
    if (sight.kind !== 'starting' || clock.monotonicMs() >= until) throw notStarted(ref, sight);
    await clock.sleep(POLL_MS, signal);
  }
};

const described = (ref: FootholdRef): string =>
  `The ${ref.kind} ${footholdName(ref.kind, ref.run)} ${
    ref.kind === 'ephemeral container' ? `in pod/${ref.pod} in` : 'in namespace'
  } ${ref.namespace}`;

const notStarted = (
  ref: FootholdRef,
  sight: Exclude<FootholdSight, { readonly kind: 'running' }>,
): FirebreakError => {
  const what = described(ref);
  switch (sight.kind) {
    case 'absent':
      return new FirebreakError({
        code: 'not-found',
        message: `${what} is not there.`,
        next: 'It was never made, or its time was up and the cluster has deleted it. Ask again for a new one.',
        retry: 'retry can help',
      });
    case 'gone':
      return new FirebreakError({
        code: 'target-replaced',
        message: `${what} is lost: ${sight.why}.`,
        next: 'Look with inspect which pod is there now, and ask again for that one.',
      });
    case 'failed':
      return new FirebreakError({
        code: 'not-running',
        message: `${what} does not run: ${sight.why}.`,
        next: advice(ref, sight.why),
      });
    case 'starting':
      return new FirebreakError({
        code: 'not-running',
        message: `${what} did not start within ${START_WITHIN_MS / 1_000} s: ${sight.why}.`,
        next: advice(ref, sight.why),
        retry: 'retry can help',
      });
  }
};

const lookCommand = (ref: FootholdRef): string =>
  ref.kind === 'ephemeral container'
    ? `kubectl describe pod ${ref.pod} -n ${ref.namespace}`
    : `kubectl describe job ${footholdName(ref.kind, ref.run)} -n ${ref.namespace}`;

/** What the person does next, by the cluster's words. */
const advice = (ref: FootholdRef, why: string): string => {
  if (/violates PodSecurity/u.test(why) && ref.kind !== 'ephemeral container')
    return `Namespace ${ref.namespace} enforces a Pod Security level that a ${ref.kind} does not pass: apply deploy/footholds.yaml to this cluster, and ask again.`;
  if (/image/iu.test(why))
    return 'Check that the nodes of this cluster may pull its `toolImage`, and that the digest is right (docs/footholds.md), and ask again.';
  if (/it has ended/u.test(why)) return 'Its time was up, or somebody has ended it. Ask again for a new one.';
  return `Look at it with \`${lookCommand(ref)}\`, and ask again when the reason is gone.`;
};
