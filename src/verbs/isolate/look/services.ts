import { z } from 'zod';
import type { ClusterReader } from '../../../core/cluster.ts';
import type { Pod } from '../../../core/pod.ts';
import { serviceMatches } from '../../labels/label-selector.ts';
import { listAllowed } from '../../list-allowed.ts';

const serviceSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({ selector: z.record(z.string(), z.string()).nullish() }),
});

/** Source: Kubernetes API discovery/v1, EndpointSlice. */
const sliceSchema = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }),
  endpoints: z
    .array(
      z.looseObject({
        addresses: z.array(z.string()).default([]),
        conditions: z.looseObject({ ready: z.boolean().nullish() }).nullish(),
        targetRef: z.looseObject({ uid: z.string().default('') }).nullish(),
      }),
    )
    .nullish(),
});
type Slice = z.infer<typeof sliceSchema>;

const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

export interface ServiceLook {
  readonly name: string;
  readonly selector: Readonly<Record<string, string>>;
  /** Ready endpoints beside the pod; undefined where they may not be read. */
  readonly readyBeside: number | undefined;
}

/** An endpoint without a word on its readiness is to be taken for ready. A dual-stack pod stands in two slices. */
const readyBeside = (slices: readonly Slice[], service: string, uid: string): number =>
  new Set(
    slices
      .filter(({ metadata }) => metadata.labels[SERVICE_NAME_LABEL] === service)
      .flatMap(({ endpoints }) => endpoints ?? [])
      .filter(({ conditions, targetRef }) => conditions?.ready !== false && targetRef?.uid !== uid)
      .map(({ targetRef, addresses }) => targetRef?.uid || addresses.join()),
  ).size;

/** The Services that send traffic to a pod, by their selectors, with the endpoints that they have beside it. */
export const servicesOf = async (
  cluster: Pick<ClusterReader, 'list'>,
  { metadata: { namespace, labels, uid } }: Pod,
  signal: AbortSignal,
): Promise<readonly ServiceLook[] | 'could not look'> => {
  const [services, slices] = await Promise.all([
    listAllowed(cluster, { group: '', resource: 'services', namespace }, {}, signal),
    listAllowed(cluster, { group: 'discovery.k8s.io', resource: 'endpointslices', namespace }, {}, signal),
  ]);
  if (services === 'not allowed') return 'could not look';
  const read = slices === 'not allowed' ? undefined : z.array(sliceSchema).parse(slices);
  return z
    .array(serviceSchema)
    .parse(services)
    .filter(({ spec }) => serviceMatches(spec.selector, labels))
    .map(({ metadata: { name }, spec }) => ({
      name,
      selector: spec.selector ?? {},
      readyBeside: read === undefined ? undefined : readyBeside(read, name, uid),
    }));
};

const leftOf = ({ name, readyBeside: left }: ServiceLook): string => {
  if (left === undefined)
    return `How many endpoints of Service/${name} are ready beside it was not looked at, since Firebreak may not list them.`;
  if (left === 0) return `No endpoint of Service/${name} is ready beside it: nobody else answers there.`;
  return `Service/${name} has ${left} ready ${left === 1 ? 'endpoint' : 'endpoints'} beside it.`;
};

/** What people who call a Service notice. */
export const serviceSentences = (
  look: readonly ServiceLook[] | 'could not look',
  mode: 'detach' | 'keep',
): readonly string[] => {
  if (look === 'could not look')
    return ['Not looked at, since Firebreak may not list them: which Services send traffic to it.'];
  return look.flatMap((service) => [
    mode === 'detach'
      ? `Service/${service.name} loses this endpoint.`
      : `Service/${service.name} goes on sending traffic to it while its readiness probe passes, and nobody answers that.`,
    leftOf(service),
  ]);
};
