import { isIPv4 } from 'node:net';
import { z } from 'zod';
import type { KubeObject } from '../../api/kube-object.ts';
import { matchesSelector } from '../../api/matches-selector.ts';
import { isPod } from '../../api/pod.ts';
import { namedPort } from '../named-port.ts';
import type { NetworkPod } from '../network-pod.ts';

const number = z.int().min(1).max(65_535);
const serviceSchema = z.object({
  clusterIP: z.string().refine(isIPv4),
  selector: z.record(z.string(), z.string()).optional(),
  ports: z
    .array(
      z.object({
        name: z.string().default(''),
        protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
        port: number,
        targetPort: z.union([number, z.string()]).optional(),
      }),
    )
    .default([]),
});
const sliceSchema = z.object({
  endpoints: z.array(
    z.object({
      addresses: z.array(z.string().refine(isIPv4)),
      conditions: z.object({ ready: z.boolean().default(true) }).default({ ready: true }),
    }),
  ),
  ports: z.array(z.object({ name: z.string().default(''), port: number })),
});
type Service = z.infer<typeof serviceSchema>;
type ServicePort = Service['ports'][number];

/**
 * One line of nft for each port of each Service that leads to one of its ready endpoints, chosen anew for each
 * connection. A Service with a selector leads to the ready pods that it selects, one without to its EndpointSlices.
 */
export function serviceLines(
  services: readonly KubeObject[],
  slices: readonly KubeObject[],
  pods: readonly NetworkPod[],
): readonly string[] {
  return services.flatMap((service) => {
    const spec = serviceSchema.safeParse(service['spec']).data;
    return (spec?.ports ?? []).flatMap((port) => {
      const targets =
        spec?.selector === undefined
          ? fromSlices(service, port, slices)
          : fromPods(service, spec.selector, port, pods);
      const protocol = port.protocol.toLowerCase();
      const map = targets.map((target, index) => `${index} : ${target}`).join(', ');
      return targets.length === 0
        ? []
        : [
            `ip daddr ${spec?.clusterIP} ${protocol} dport ${port.port} dnat ip addr . port to numgen random mod ${targets.length} map { ${map} }`,
          ];
    });
  });
}

function fromPods(
  { metadata }: KubeObject,
  selector: Readonly<Record<string, string>>,
  { port, targetPort = port, protocol }: ServicePort,
  pods: readonly NetworkPod[],
): readonly string[] {
  return pods
    .filter(({ object }) => object.metadata.namespace === metadata.namespace && isReady(object))
    .filter(({ object }) => matchesSelector(object, { selector: { matchLabels: selector } }))
    .flatMap(({ ip, object }) => {
      const at = typeof targetPort === 'number' ? targetPort : namedPort(object, targetPort, protocol);
      return at === undefined ? [] : [`${ip} . ${at}`];
    });
}

function fromSlices(
  { metadata }: KubeObject,
  { name }: ServicePort,
  slices: readonly KubeObject[],
): readonly string[] {
  return slices
    .filter((slice) => slice.metadata.namespace === metadata.namespace)
    .filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === metadata.name)
    .flatMap((slice) => sliceSchema.safeParse(slice).data ?? [])
    .flatMap(({ endpoints, ports }) => {
      const at = ports.find((one) => one.name === name)?.port;
      const addresses = endpoints
        .filter(({ conditions }) => conditions.ready)
        .flatMap((one) => one.addresses);
      return at === undefined ? [] : addresses.map((address) => `${address} . ${at}`);
    });
}

const isReady = (pod: KubeObject): boolean =>
  isPod(pod) && READY.safeParse(pod.status).data?.conditions.some(isReadyCondition) === true;
const READY = z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })) });
const isReadyCondition = ({ type, status }: { readonly type: string; readonly status: string }) =>
  type === 'Ready' && status === 'True';
