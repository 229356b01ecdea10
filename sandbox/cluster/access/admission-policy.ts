import { z } from 'zod';
import type { KubeObject } from '../api/kube-object.ts';

export const ADMISSION_GROUP = 'admissionregistration.k8s.io';

const ruleSchema = z.strictObject({
  apiGroups: z.array(z.string()),
  apiVersions: z.array(z.string()),
  operations: z.array(z.enum(['DELETE', 'CREATE'])).min(1),
  resources: z.array(z.enum(['pods', 'pods/eviction'])).min(1),
  resourceNames: z.array(z.string()).default([]),
  scope: z.enum(['Namespaced', '*']).default('*'),
});
const selectorSchema = z.looseObject({});

const policySchema = z.object({
  spec: z.strictObject({
    failurePolicy: z.enum(['Ignore', 'Fail']).default('Fail'),
    matchConstraints: z.strictObject({
      resourceRules: z.array(ruleSchema).min(1),
      namespaceSelector: selectorSchema.exactOptional(),
      matchPolicy: z.enum(['Exact', 'Equivalent']).default('Equivalent'),
    }),
    validations: z
      .array(
        z.strictObject({
          expression: z.string(),
          message: z.string().default(''),
          reason: z
            .enum(['Unauthorized', 'Forbidden', 'Invalid', 'RequestEntityTooLarge'])
            .default('Invalid'),
        }),
      )
      .min(1),
  }),
});
const bindingSchema = z.object({
  spec: z.strictObject({
    policyName: z.string().min(1),
    validationActions: z.array(z.enum(['Deny', 'Warn', 'Audit'])).min(1),
    matchResources: z.strictObject({ namespaceSelector: selectorSchema.exactOptional() }).default({}),
  }),
});

export type AdmissionPolicy = z.infer<typeof policySchema>['spec'];
export type AdmissionRule = z.infer<typeof ruleSchema>;

/** The spec of a ValidatingAdmissionPolicy, of the fields that the stand-in enforces; or what it does not. */
export const readAdmissionPolicy = (object: KubeObject) => policySchema.safeParse(object);
export const readAdmissionBinding = (object: KubeObject) => bindingSchema.safeParse(object);
