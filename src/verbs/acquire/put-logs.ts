import { type PodTarget, podTarget } from '../../core/target.ts';
import type { ExecuteContext } from '../../core/verb.ts';
import { presentTarget } from './present-target.ts';
import { failureOfSource, type Shortfall, shortfallOf, shortfallsOf } from './shortfall.ts';

/** As they are now; as they were planned when the API server does not say. */
const presentContainers = async (context: ExecuteContext): Promise<PodTarget['containers']> => {
  try {
    return (await presentTarget(context)).containers;
  } catch (thrown) {
    context.signal.throwIfAborted();
    failureOfSource(thrown);
    return podTarget(context.target).containers;
  }
};

/**
 * The logs of every container, by its present state: when one was restarted since the plan, the log of the one that was
 * approved is the previous one.
 */
export const putLogs = async (context: ExecuteContext): Promise<readonly Shortfall[]> => {
  const { cluster, target, bundle, signal, progress } = context;
  const containers = await presentContainers(context);
  const shortfalls: Shortfall[] = [];
  for (const { name: container, restartCount, id } of containers)
    for (const instance of ['current', 'previous'] as const) {
      if (instance === 'previous' && restartCount === 0) continue;
      if (instance === 'current' && id === '') continue;
      progress({ phase: 'logs', bytes: 0 });
      const name = `logs/${container}${instance === 'previous' ? '.previous' : ''}.log`;
      const method = `GET pods/log ${container} (${instance})`;
      try {
        const query = { namespace: target.namespace, pod: target.name, container, instance };
        const artifact = await bundle.put(name, method, await cluster.logs(query, signal), container);
        shortfalls.push(...shortfallsOf(artifact));
      } catch (thrown) {
        signal.throwIfAborted();
        const shortfall = shortfallOf(name, thrown);
        bundle.missing(name, method, shortfall.why, container);
        shortfalls.push(shortfall);
      }
    }
  return shortfalls;
};
