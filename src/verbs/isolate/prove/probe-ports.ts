import { z } from 'zod';
import { containersOf, type ProvenPod } from './proven-pod.ts';

const handlerSchema = z.looseObject({ port: z.union([z.int(), z.string()]) });

/** Source: Kubernetes API v1, Probe. An exec probe has no port. */
const probeSchema = z
  .looseObject({ httpGet: handlerSchema, tcpSocket: handlerSchema, grpc: handlerSchema })
  .partial();

/** The ports that the kubelet asks by itself: of the liveness, readiness and startup probes, by number. */
export const probePortsOf = (pod: Pick<ProvenPod, 'spec'>): readonly number[] => {
  const ports = containersOf(pod).flatMap((container) =>
    [container.livenessProbe, container.readinessProbe, container.startupProbe].flatMap((raw) => {
      const probe = probeSchema.safeParse(raw).data;
      const port = (probe?.httpGet ?? probe?.tcpSocket ?? probe?.grpc)?.port;
      if (typeof port === 'number') return [port];
      return container.ports.filter(({ name }) => name === port).map(({ containerPort }) => containerPort);
    }),
  );
  return [...new Set(ports)];
};
