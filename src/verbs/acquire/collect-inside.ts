import type { CollectRequest } from '../../core/evidence.ts';
import { secretMountsOf } from '../../core/pod.ts';
import { podTarget } from '../../core/target.ts';
import type { ExecuteContext } from '../../core/verb.ts';
import { type PresentTarget, presentTarget } from './present-target.ts';
import { type Shortfall, shortfallOf, shortfallsOf } from './shortfall.ts';

export const COMMAND = 'sh -s';

/** Why nothing may run inside the container; undefined when it is the one that was approved, and runs. */
const whyNotInside = (
  { target }: ExecuteContext,
  present: PresentTarget,
  container: string,
): Omit<Shortfall, 'name'> | undefined => {
  const planned = podTarget(target).containers.find(({ name }) => name === container);
  const found = present.containers.find(({ name }) => name === container);
  if (found === undefined || found.id !== planned?.id || found.restartCount !== planned.restartCount)
    return {
      why: `The container was restarted or replaced since this was approved (restarts ${planned?.restartCount ?? 0}, now ${found?.restartCount ?? 0}), so nothing was run inside it.`,
      next: 'Ask again for the new one.',
    };
  return found.state === 'running'
    ? undefined
    : {
        why: 'The container was not running, so nothing could be read from inside it.',
        next: 'Ask again when it runs; `/k8s inspect` shows its state.',
      };
};

/** Runs one collector in the container, if that is still the one that was approved. */
export const collectInside = async (
  context: ExecuteContext,
  name: 'volatile.jsonl' | 'files.tar',
  request: Omit<CollectRequest, 'namespace' | 'pod' | 'secretMounts'>,
): Promise<readonly Shortfall[]> => {
  const { bundle, signal, target } = context;
  const { container } = request;
  try {
    const present = await presentTarget(context);
    const barred = whyNotInside(context, present, container);
    if (barred !== undefined) {
      bundle.missing(name, COMMAND, barred.why, container);
      return [{ name, ...barred }];
    }
    const secretMounts = secretMountsOf(present.pod, container);
    const artifact = await bundle.collect({
      ...request,
      namespace: target.namespace,
      pod: target.name,
      secretMounts,
    });
    return shortfallsOf(artifact);
  } catch (thrown) {
    signal.throwIfAborted();
    const shortfall = shortfallOf(name, thrown);
    bundle.missing(name, COMMAND, shortfall.why, container);
    return [shortfall];
  }
};
