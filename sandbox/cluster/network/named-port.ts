import { z } from 'zod';
import type { KubeObject } from '../api/kube-object.ts';
import { isPod } from '../api/pod.ts';

const PORT = z.int().min(1).max(65_535);

/** The number that the pod's containers give to a port's name; undefined when they have no such name. */
export function namedPort(pod: KubeObject, name: string, protocol: string): number | undefined {
  if (!isPod(pod)) return undefined;
  const number = pod.spec.containers
    .flatMap(({ ports = [] }) => ports)
    .find((port) => port.name === name && (port.protocol ?? 'TCP') === protocol)?.containerPort;
  // What a request made of it was looked at by nobody, and it gets into rules.
  return PORT.safeParse(number).data;
}
