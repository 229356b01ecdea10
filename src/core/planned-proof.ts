import { z } from 'zod';
import type { EngineLook } from './policy-engine.ts';
import { proofTargetsSchema } from './proof.ts';

const engineSchema = z.strictObject({
  name: z.string(),
  family: z.enum(['calico', 'cilium', 'other']),
  connections: z.enum(['kept', 'cut', 'cut unless selected', 'unknown']),
  mode: z.exactOptional(z.enum(['standard', 'strict'])),
});

const engineLookSchema: z.ZodType<EngineLook> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('found'), engines: z.array(engineSchema).readonly() }),
  z.strictObject({ kind: z.literal('none found'), off: z.array(z.string()).readonly() }),
  z.strictObject({
    kind: z.literal('could not look'),
    seen: z.array(z.string()).readonly(),
    unseen: z.array(z.string()).readonly(),
  }),
]);

/** What a run will try, in front of its approvers, and what was known of the network then. */
export const plannedProofSchema = z.strictObject({
  targets: proofTargetsSchema,
  network: z.enum(['pod', 'host']),
  engine: engineLookSchema,
  /** Addresses in the pod that an earlier isolation, which still holds, saw reached before it: they can't be tried any more. */
  reachedBefore: z.exactOptional(z.array(z.string()).readonly()),
});
export type PlannedProof = Readonly<z.infer<typeof plannedProofSchema>>;
