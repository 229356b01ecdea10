import { z } from 'zod';
import type { KubeObject } from '../api/kube-object.ts';
import type { PodManifest, PodSpec } from '../api/pod.ts';

const textsSchema = z.record(z.string(), z.string());
const templateSchema = z.object({
  template: z.object({
    metadata: z
      .object({ labels: textsSchema.default({}), annotations: textsSchema.exactOptional() })
      .prefault({}),
    spec: z.custom<PodSpec>(
      (value) =>
        z.looseObject({ containers: z.array(z.looseObject({ name: z.string() })).min(1) }).safeParse(value)
          .success,
    ),
  }),
});

/** A pod as the template of a controller says. Throws when the controller has none. */
export function podFromTemplate(
  controller: KubeObject,
  { name, generateName }: { readonly name: string; readonly generateName?: string },
  more: { readonly labels?: Readonly<Record<string, string>>; readonly spec?: Partial<PodSpec> } = {},
): PodManifest {
  const { metadata, spec } = templateSchema.parse(controller['spec']).template;
  const { annotations, labels } = metadata;
  return {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: {
      ...{ name, namespace: controller.metadata.namespace ?? '', labels: { ...labels, ...more.labels } },
      ...(generateName === undefined ? {} : { generateName }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: { ...spec, ...more.spec },
  };
}
