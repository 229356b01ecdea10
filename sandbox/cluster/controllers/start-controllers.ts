import type { KubeObject } from '../api/kube-object.ts';
import type { StoreEvent } from '../api/object-store.ts';
import type { Place } from '../pods/end-object.ts';
import { collectGarbage } from './collect-garbage.ts';
import { ControllerPlace } from './controller-place.ts';
import { syncDaemonSet } from './daemon-set.ts';
import { syncDeployment } from './deployment.ts';
import { syncDisruptionBudget } from './disruption-budget.ts';
import { syncEndpointSlices } from './endpoint-slices.ts';
import { syncJob } from './job.ts';
import { syncReplicaSet } from './replica-set.ts';
import { schedulePending } from './schedule-pending.ts';
import { syncStatefulSet } from './stateful-set.ts';

/** The order is that of cause and effect: an endpoint follows a pod, and a Deployment its ReplicaSets. */
const CONTROLLERS: readonly {
  readonly group: string;
  readonly resource: string;
  readonly sync: (place: ControllerPlace, object: KubeObject) => void;
}[] = [
  { group: 'apps', resource: 'replicasets', sync: syncReplicaSet },
  { group: 'apps', resource: 'statefulsets', sync: syncStatefulSet },
  { group: 'apps', resource: 'daemonsets', sync: syncDaemonSet },
  { group: 'batch', resource: 'jobs', sync: syncJob },
  { group: 'apps', resource: 'deployments', sync: syncDeployment },
  { group: 'policy', resource: 'poddisruptionbudgets', sync: syncDisruptionBudget },
];
const ALSO_WATCHED = ['pods', 'nodes', 'services'];

const concerns = ({ key }: StoreEvent): boolean =>
  ALSO_WATCHED.includes(key.resource) ||
  CONTROLLERS.some(({ group, resource }) => key.group === group && key.resource === resource);

export interface Controllers {
  /** Resolves when nothing is left to do: every pod that had to be started or ended is. */
  readonly settled: () => Promise<void>;
  readonly stop: () => void;
}

/** Runs the controllers of kube-controller-manager that move pods. Each change in the cluster makes them look at all. */
export function startControllers(given: Place): Controllers {
  let due: NodeJS.Immediate | undefined;
  const later = () => {
    due ??= setImmediate(syncAll);
  };
  const place = new ControllerPlace(given, later);
  const syncAll = () => {
    due = undefined;
    for (const { group, resource, sync } of CONTROLLERS)
      for (const object of place.store.list(group, resource, '')) sync(place, object);
    collectGarbage(place);
    schedulePending(given);
    syncEndpointSlices(place);
  };
  const unwatch = place.store.watch(Number(place.store.resourceVersion), (event) => {
    if (concerns(event)) later();
  });
  later();
  return {
    settled: async () => {
      do {
        await new Promise((resolve) => setImmediate(resolve));
        await given.kubelet.idle();
      } while (due !== undefined);
    },
    stop: () => {
      unwatch();
      place.stop();
      clearImmediate(due);
    },
  };
}
