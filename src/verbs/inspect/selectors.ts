import { z } from 'zod';
import type { ClusterReader } from '../../core/cluster.ts';
import type { Finding } from '../../core/finding.ts';
import type { Pod } from '../../core/pod.ts';
import { labelSelectorSchema, selectorMatches, serviceMatches } from '../labels/label-selector.ts';
import { readable } from './readable.ts';

const metadataSchema = z.looseObject({ name: z.string() });

const serviceSchema = z.looseObject({
  metadata: metadataSchema,
  spec: z.looseObject({
    type: z.string().default('ClusterIP'),
    selector: z.record(z.string(), z.string()).nullish(),
    ports: z.array(z.looseObject({ port: z.int(), protocol: z.string().default('TCP') })).default([]),
  }),
});

const policySchema = z.looseObject({
  metadata: metadataSchema,
  spec: z.looseObject({ podSelector: labelSelectorSchema, policyTypes: z.array(z.string()).default([]) }),
});

/** Services and NetworkPolicies that select the pod by its labels. */
export const inspectSelectors = async (
  cluster: ClusterReader,
  pod: Pod,
  signal: AbortSignal,
): Promise<readonly Finding[]> => {
  const { namespace, labels } = pod.metadata;
  const services = await readable(async () =>
    z
      .array(serviceSchema)
      .parse(await cluster.list({ group: '', version: 'v1', resource: 'services', namespace }, {}, signal)),
  );
  const policies = await readable(async () =>
    z
      .array(policySchema)
      .parse(
        await cluster.list(
          { group: 'networking.k8s.io', version: 'v1', resource: 'networkpolicies', namespace },
          {},
          signal,
        ),
      ),
  );
  const serviceLines =
    services.kind === 'not read'
      ? [services.why]
      : services.value
          .filter(({ spec }) => serviceMatches(spec.selector, labels))
          .map(
            ({ metadata, spec }) =>
              `${metadata.name}: ${spec.type} ${spec.ports.map(({ port, protocol }) => `${port}/${protocol}`).join(', ')}`,
          );
  const policyLines =
    policies.kind === 'not read'
      ? [policies.why]
      : policies.value
          .filter(({ spec }) => selectorMatches(spec.podSelector, labels))
          .map(({ metadata, spec }) => `${metadata.name}: ${spec.policyTypes.join(', ') || 'Ingress'}`);
  return [
    { title: 'Services that select it', lines: serviceLines.length === 0 ? ['none'] : serviceLines },
    {
      title: 'NetworkPolicies that select it',
      lines: policyLines.length === 0 ? ['none: all traffic is allowed'] : policyLines,
    },
  ];
};
