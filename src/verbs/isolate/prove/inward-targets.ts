import type { ProofTarget } from '../../../core/proof.ts';
import { addressesOf, containersOf, type ProvenPod } from './proven-pod.ts';

/** Above what Linux gives to outgoing connections (ip_local_port_range, 32768 to 60999). */
const FIRST_PORT = 61_000;
const PORTS = 4_000;
/** A pod can declare any number of ports. */
const DECLARED_PORTS = 16;

const declaredPorts = (pod: ProvenPod): readonly number[] => [
  ...new Set(
    containersOf(pod)
      .flatMap(({ ports }) => ports)
      .filter(({ protocol }) => protocol === 'TCP')
      .map(({ containerPort }) => containerPort),
  ),
];

/** Another one for each pod, and always the same for one, so that a proof can be repeated. FNV-1a. */
export const listenerPortFor = (pod: ProvenPod): number => {
  let hash = 0x811c9dc5;
  for (const letter of pod.metadata.uid) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  const declared = new Set(declaredPorts(pod));
  let port = FIRST_PORT + (hash % PORTS);
  while (declared.has(port)) port += 1;
  return port;
};

/** What a pod outside of the isolation tries: the listener and the declared ports, at each of the pod's addresses. */
export const inwardTargets = (pod: ProvenPod, listenerPort: number): readonly ProofTarget[] =>
  addressesOf(pod).flatMap((host) => [
    { direction: 'inward', what: 'listener', by: 'tcp', host, port: listenerPort },
    ...declaredPorts(pod)
      .slice(0, DECLARED_PORTS)
      .map((port) => ({ direction: 'inward', what: 'container port', by: 'tcp', host, port }) as const),
  ]);
