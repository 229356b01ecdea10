import type { PodEvent } from '../world/objects.ts';

/** What a kubelet says when it restarts a container for its liveness probe. Source: prober.go, kuberuntime_manager.go. */
export const livenessEvents = (
  namespace: string,
  pod: string,
  container: string,
): readonly [PodEvent, PodEvent] => [
  { namespace, pod, type: 'Warning', reason: 'Unhealthy', message: 'Liveness probe failed: ' },
  {
    ...{ namespace, pod, type: 'Normal', reason: 'Killing' },
    message: `Container ${container} failed liveness probe, will be restarted`,
  },
];
