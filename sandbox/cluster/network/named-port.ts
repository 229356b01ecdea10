import type { KubeObject } from '../api/kube-object.ts';
import { isPod } from '../api/pod.ts';

/** The number that the pod's containers give to a port's name; undefined when they have no such name. */
export function namedPort(pod: KubeObject, name: string, protocol: string): number | undefined {
  if (!isPod(pod)) return undefined;
  return pod.spec.containers
    .flatMap(({ ports = [] }) => ports)
    .find((port) => port.name === name && (port.protocol ?? 'TCP') === protocol)?.containerPort;
}
