import { z } from 'zod';
import { type MadeKind, madeKindNames, objectKinds } from './made-kind.ts';

/**
 * A leaf of an object; `null` means that it is absent. Of a structure that is written as a whole (see `isStructure`) the
 * JSON text.
 */
export const fieldValueSchema = z.union([z.string(), z.boolean(), z.null()]);
export type FieldValue = z.infer<typeof fieldValueSchema>;

/** A field by its path from the object's root: `['metadata', 'labels', 'quarantine']`. */
export const fieldChangeSchema = z.strictObject({
  path: z.array(z.string()).min(1).readonly(),
  /** What stood there when it was read: the pre-image. */
  before: fieldValueSchema,
  after: fieldValueSchema,
});
export type FieldChange = Readonly<z.infer<typeof fieldChangeSchema>>;

/** The verb that puts back what another run did: a field that it returns is held by who held it before. */
export const UNDO_VERB = 'undo';

/** What a verb wants to stand in a field. */
export type WantedField = Pick<FieldChange, 'path'> & { readonly value: FieldValue };

/**
 * Names one object for good: a name can be used again, a UID can't. What Firebreak makes itself has no UID before, and is
 * named by `madeUid`: its name holds its run's id and is used once.
 */
export const objectRefSchema = z.strictObject({
  kind: z.enum(objectKinds),
  /** Empty for a kind that lies outside every namespace. */
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
});
export type ObjectRef = Readonly<z.infer<typeof objectRefSchema>>;

/** What stands for the UID of an object that Firebreak makes. */
export const madeUid = (object: {
  readonly kind: MadeKind;
  readonly namespace: string;
  readonly name: string;
}): string => `made:${object.kind}/${object.namespace}/${object.name}`;

const madeKinds = new Set<string>(madeKindNames);
export const isMade = ({ kind }: Pick<ObjectRef, 'kind'>): boolean => madeKinds.has(kind);

/** One object that a plan writes, with every field of it. Nothing else of the object is sent. */
export const writeSchema = z.strictObject({
  object: objectRefSchema,
  /** When it is made: `change('label')` makes the writes of that step. Absent in plans that make all of theirs at once. */
  step: z.exactOptional(z.string()),
  fields: z.array(fieldChangeSchema).min(1).readonly(),
});
export type Write = Readonly<z.infer<typeof writeSchema>>;

/**
 * intended ▶ written down before the call, its outcome not known yet; the others are outcomes. `unknown`: neither the
 * server's answer nor the object tells whether it happened.
 */
export const CHANGE_STATES = ['intended', 'applied', 'not applied', 'unknown'] as const;
export type ChangeState = (typeof CHANGE_STATES)[number];

/** One write as the undo ledger holds it. */
export interface Change extends Omit<Write, 'step'> {
  readonly step?: string;
  /** Unique per installation, and ascending. */
  readonly id: string;
  readonly run: string;
  readonly case: string;
  readonly verb: string;
  readonly cluster: string;
  /** Of the pre-image; the call was bound to it. */
  readonly resourceVersion: string;
  readonly fence: number;
  readonly state: ChangeState;
  readonly intendedAt: Date;
  /** The UID that the cluster gave to what this change made, once it is known; of a deletion, the one it is bound to. */
  readonly madeUid?: string;
}
