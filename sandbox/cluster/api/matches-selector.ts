import { z } from 'zod';
import type { KubeObject } from './kube-object.ts';

const selectorSchema = z.object({
  selector: z.object({
    matchLabels: z.record(z.string(), z.string()).default({}),
    matchExpressions: z
      .array(z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()).default([]) }))
      .default([]),
  }),
});

/** Whether an object's labels match the LabelSelector in `spec.selector`. Source: k8s.io/apimachinery, meta/v1. */
export function matchesSelector(object: KubeObject, spec: unknown): boolean {
  const parsed = selectorSchema.safeParse(spec).data?.selector;
  if (parsed === undefined) return false;
  const { labels = {} } = object.metadata;
  const fits = ({ key, operator, values }: (typeof parsed.matchExpressions)[number]): boolean => {
    const value = labels[key];
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      default:
        return value === undefined;
    }
  };
  return (
    Object.entries(parsed.matchLabels).every(([key, value]) => labels[key] === value) &&
    parsed.matchExpressions.every(fits)
  );
}
