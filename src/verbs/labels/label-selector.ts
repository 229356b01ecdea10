import { z } from 'zod';

/** Source: Kubernetes API meta/v1, LabelSelector. */
export const labelSelectorSchema = z.looseObject({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: z
    .array(
      z.looseObject({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: z.array(z.string()).default([]),
      }),
    )
    .default([]),
});
export type LabelSelector = z.infer<typeof labelSelectorSchema>;

export type Labels = Readonly<Record<string, string>>;

/** Whether labels meet one requirement of a selector. */
export const expressionMatches = (
  { key, operator, values }: LabelSelector['matchExpressions'][number],
  labels: Labels,
): boolean => {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
};

/** Whether a selector selects what has these labels. An empty one selects everything. */
export const selectorMatches = (selector: LabelSelector, labels: Labels): boolean =>
  Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value) &&
  selector.matchExpressions.every((expression) => expressionMatches(expression, labels));

/** A Service's selector: a map, of which an empty or absent one selects nothing. */
export const serviceMatches = (selector: Labels | null | undefined, labels: Labels): boolean =>
  Object.keys(selector ?? {}).length > 0 &&
  selectorMatches({ matchLabels: selector ?? {}, matchExpressions: [] }, labels);
