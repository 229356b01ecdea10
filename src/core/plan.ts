import { z } from 'zod';
import { writeSchema } from './change.ts';
import { EFFECTS } from './effect.ts';
import { personSchema } from './person.ts';
import { plannedProofSchema } from './planned-proof.ts';
import { PROVIDERS } from './provider.ts';
import { targetSchema } from './target.ts';

/** One thing that will run: an API read, or an exec with its argv. `creates` says what it leaves in the cluster. */
export const methodSchema = z.strictObject({
  what: z.string(),
  container: z.string().optional(),
  creates: z.string(),
});
export type Method = Readonly<z.infer<typeof methodSchema>>;

export const argumentSchema = z.union([z.string(), z.number(), z.array(z.string()).readonly()]);
export type Argument = z.infer<typeof argumentSchema>;

/**
 * What an approval binds to. Its RFC 8785 text is stored and hashed; anything beyond it needs another approval.
 */
export const planSchema = z.strictObject({
  format: z.literal('firebreak.plan/1'),
  verb: z.string(),
  effect: z.enum(EFFECTS),
  arguments: z.record(z.string(), argumentSchema),
  cluster: z.strictObject({ name: z.string(), provider: z.enum(PROVIDERS), server: z.string() }),
  targets: z.array(targetSchema).readonly(),
  methods: z.array(methodSchema).readonly(),
  /** Every field of every object that will be written; empty for verbs that only read or collect. */
  writes: z.array(writeSchema).readonly(),
  /** Whole sentences for the card. */
  leaves: z.array(z.string()).readonly(),
  risks: z.array(z.string()).readonly(),
  notes: z.array(z.string()).readonly(),
  /** What is tried, once and again while it is in force, of a run that proves what it did. */
  proof: z.exactOptional(plannedProofSchema),
  /** Where evidence goes, empty when none is made. */
  evidence: z.string(),
  requester: personSchema,
  /** Where it was asked for on the host: by which of its users, who only says to be the requester. */
  onHost: z.exactOptional(z.strictObject({ uid: z.int() })),
  /** The run whose approved plan said this one; it has no approvals of its own then. */
  approvedBy: z.exactOptional(z.string()),
  channel: z.string(),
  /** Whether its target needed the `*` rule. Absent in plans of versions that did not say. */
  protection: z.exactOptional(z.enum(['ordinary', 'protected'])),
  policy: z.strictObject({
    digest: z.string(),
    approvals: z.int().nonnegative(),
    approvers: z.array(z.string()).readonly(),
    selfApproval: z.boolean(),
    expiresMs: z.int().positive(),
  }),
});
export type Plan = Readonly<z.infer<typeof planSchema>>;
