import { z } from 'zod';
import { LABEL_NAME } from '../core/kubernetes-names.ts';
import { containSchema } from './contain-schema.ts';
import { duration } from './duration.ts';
import { evidenceSchema } from './evidence-schema.ts';
import { footholdsSchema, isolationSchema, toolImageSchema } from './foothold-schema.ts';

const DEFAULT_EXPIRY = '30m';

const approver = z
  .string()
  .regex(/^[SUW][A-Z0-9]{2,}$/, 'a Slack user (U…) or user group (S…) by its id is expected');

const namespaces = z.array(
  z.string().regex(LABEL_NAME, 'a namespace by its name is expected: small letters, digits and `-`'),
);

/** Whether as many people as are asked for could ever be met. Who is in a group is only known when it is asked. */
const tooFew = ({ approvals, approvers }: { approvals: number; approvers: readonly string[] }): boolean =>
  approvers.length > 0 &&
  !approvers.some((one) => one.startsWith('S')) &&
  new Set(approvers).size < approvals;

const ruleSchema = z
  .strictObject({
    verbs: z.array(z.string()).min(1, 'name at least one verb, or "*"'),
    approvals: z.int().min(0).max(10).default(1),
    approvers: z.array(approver).default([]),
    selfApproval: z.boolean().default(false),
    expires: duration.prefault(DEFAULT_EXPIRY),
  })
  .refine(({ approvals, approvers }) => approvals === 0 || approvers.length > 0, {
    message: 'a rule that asks for approvals has to name approvers',
    path: ['approvers'],
  })
  .superRefine((rule, context) => {
    if (!tooFew(rule)) return;
    const people = new Set(rule.approvers).size;
    context.addIssue({
      code: 'custom',
      message: `the rule asks for ${rule.approvals} approvals and names ${people} ${people === 1 ? 'person' : 'people'}`,
      path: ['approvers'],
    });
  });

/** Keys of a cluster that mean the same for every provider; its provider parses the others. */
export const commonClusterSchema = z.looseObject({
  provider: z.string('name the provider of this cluster'),
  /** Left out: every namespace. An empty list would mean the opposite of what it says. */
  namespaces: namespaces
    .min(1, 'name at least one namespace, or leave the key out for all of them')
    .default([]),
  identities: z
    .strictObject({
      read: z.looseObject({}).default({}),
      act: z.looseObject({}).default({}),
      node: z.looseObject({}).default({}),
    })
    .default({ read: {}, act: {}, node: {} }),
  protected: z
    .strictObject({
      namespaces: namespaces.default([]),
      labels: z.record(z.string(), z.string()).default({}),
    })
    .default({ namespaces: [], labels: {} }),
  floor: z.strictObject({ approvals: z.int().min(0).max(10).default(0) }).default({ approvals: 0 }),
  toolImage: toolImageSchema.exactOptional(),
  footholds: footholdsSchema.prefault({}),
  isolation: isolationSchema.prefault({}),
});

/** `firebreak.yml` as it is written. Unknown keys are refused, never ignored. */
export const fileSchema = z.strictObject({
  clusters: z.record(
    z.string().regex(/^[a-z0-9][-a-z0-9.]*$/, 'small letters, digits, `-` and `.`'),
    commonClusterSchema,
  ),
  evidence: evidenceSchema,
  contain: containSchema.prefault({}),
  channels: z.record(
    z.string().regex(/^[CG][A-Z0-9]{2,}$/, 'a channel by its id (C…) is expected'),
    z.strictObject({ clusters: z.array(z.string()), rules: z.array(ruleSchema) }),
  ),
});
export type ConfigFile = z.infer<typeof fileSchema>;
