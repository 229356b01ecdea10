import { z } from 'zod';
import { expressionMatches, type Labels } from './label-selector.ts';

/** Source: Kubernetes API core/v1, NodeSelectorRequirement. */
const requirementSchema = z.looseObject({
  key: z.string(),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt']),
  values: z.array(z.string()).default([]),
});
type Requirement = z.infer<typeof requirementSchema>;

/** As much of a pod template as says on which nodes its pods may run. */
export const placementSchema = z.looseObject({
  nodeSelector: z.record(z.string(), z.string()).default({}),
  affinity: z
    .looseObject({
      nodeAffinity: z
        .looseObject({
          requiredDuringSchedulingIgnoredDuringExecution: z
            .looseObject({
              nodeSelectorTerms: z.array(
                z.looseObject({
                  matchExpressions: z.array(requirementSchema).default([]),
                  matchFields: z.array(requirementSchema).default([]),
                }),
              ),
            })
            .nullish(),
        })
        .nullish(),
    })
    .nullish(),
});
type Placement = z.infer<typeof placementSchema>;

const termsOf = ({ affinity }: Placement) =>
  affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;

const meets = ({ key, operator, values }: Requirement, labels: Labels): boolean => {
  if (operator !== 'Gt' && operator !== 'Lt') return expressionMatches({ key, operator, values }, labels);
  const value = labels[key];
  const [bound] = values;
  return (
    value !== undefined && (operator === 'Gt' ? Number(value) > Number(bound) : Number(value) < Number(bound))
  );
};

/** Whether pods of a template may be placed on a node: its nodeSelector, and one of the required affinity's terms. */
export const mayRunOn = (placement: Placement, node: { readonly name: string; readonly labels: Labels }) => {
  const terms = termsOf(placement);
  const fields = { 'metadata.name': node.name };
  return (
    Object.entries(placement.nodeSelector).every(([key, value]) => node.labels[key] === value) &&
    (terms === undefined ||
      terms.some(
        ({ matchExpressions, matchFields }) =>
          // A term without any requirement selects no node.
          matchExpressions.length + matchFields.length > 0 &&
          matchExpressions.every((one) => meets(one, node.labels)) &&
          matchFields.every((one) => meets(one, fields)),
      ))
  );
};
