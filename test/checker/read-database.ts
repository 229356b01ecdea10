import pg from 'pg';
import { z } from 'zod';

const runRow = z.object({
  id: z.string(),
  case_id: z.string(),
  state: z.string(),
  plan_text: z.string(),
  plan_digest: z.string(),
  requester_user: z.string(),
  fence: z.int(),
  cancel_user: z.string().nullable(),
  ended_at: z.date().nullable(),
  result: z.string().nullable(),
  undone_by: z.string().nullable(),
});

const leaf = z.union([z.string(), z.boolean(), z.null()]);
const field = z.object({ path: z.array(z.string()), before: leaf, after: leaf });
const object = z.object({ kind: z.string(), namespace: z.string(), name: z.string(), uid: z.string() });

const planText = z.object({
  verb: z.string(),
  channel: z.string(),
  evidence: z.string(),
  arguments: z.record(z.string(), z.unknown()),
  cluster: z.object({ name: z.string() }),
  methods: z.array(z.object({ what: z.string() })),
  targets: z.array(object),
  writes: z.array(z.object({ object, step: z.string().default(''), fields: z.array(field) })),
  policy: z.object({ approvals: z.int(), selfApproval: z.boolean() }),
});

const eventRow = z.object({
  seq: z.coerce.number(),
  at: z.date(),
  type: z.string(),
  case_id: z.string(),
  run_id: z.string().nullable(),
  prev: z.string(),
  hash: z.string(),
  body: z.string(),
});

const eventBody = z.looseObject({
  actor: z.looseObject({ kind: z.string(), user: z.string().optional() }),
  facts: z.record(z.string(), z.unknown()),
  texts: z.record(z.string(), z.string()),
});

const decisionRow = z.object({ run_id: z.string(), user_id: z.string(), verdict: z.string() });
const textRow = z.object({
  seq: z.coerce.number(),
  name: z.string(),
  salt: z.instanceof(Uint8Array),
  text: z.string(),
});
const changeRow = z.object({
  id: z.string(),
  run_id: z.string(),
  verb: z.string(),
  cluster: z.string(),
  uid: z.string(),
  object: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(object),
  fields: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.array(field)),
  resource_version: z.string(),
  fence: z.int(),
  state: z.string(),
  intended_at: z.date(),
  settled_at: z.date().nullable(),
  settled_fence: z.int().nullable(),
  step: z.string(),
  made_uid: z.string().nullable(),
});
const uploadRow = z.object({ bundle: z.string(), name: z.string(), ended_at: z.date().nullable() });
const proofRow = z.object({
  id: z.string(),
  run_id: z.string(),
  at: z.date(),
  outcome: z.string(),
  proof: z.string().nullable(),
  digest: z.string().nullable(),
  verdict: z.string().nullable(),
  news: z.string().nullable(),
});
const headRow = z.object({ seq: z.coerce.number(), hash: z.string() });
const messageRow = z.object({
  run_id: z.string(),
  notice: z.string(),
  about: z.string(),
  version: z.int(),
  shown_version: z.int(),
  abandoned_reason: z.string().nullable(),
});

export type RunRow = Readonly<z.infer<typeof runRow>> & { readonly plan: z.infer<typeof planText> };
export type ChangeRow = Readonly<z.infer<typeof changeRow>>;
export type ProofRow = Readonly<z.infer<typeof proofRow>>;
export type Leaf = z.infer<typeof leaf>;
export type Field = Readonly<z.infer<typeof field>>;
export type EventRow = Readonly<z.infer<typeof eventRow>> & {
  readonly parsed: Readonly<z.infer<typeof eventBody>> | undefined;
};

export interface Database {
  readonly cases: readonly string[];
  readonly runs: readonly RunRow[];
  readonly decisions: readonly z.infer<typeof decisionRow>[];
  readonly events: readonly EventRow[];
  readonly texts: readonly z.infer<typeof textRow>[];
  /** The undo ledger, oldest first. */
  readonly changes: readonly ChangeRow[];
  /** What was begun in a store that knows uploads. */
  readonly uploads: readonly z.infer<typeof uploadRow>[];
  /** What runs proved, and what was proven again, oldest first. */
  readonly proofs: readonly ProofRow[];
  readonly heads: readonly z.infer<typeof headRow>[];
  readonly messages: readonly z.infer<typeof messageRow>[];
}

const parsedBody = (body: string): EventRow['parsed'] => {
  try {
    return eventBody.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
};

/** Everything the checks need, in one snapshot. */
export const readDatabase = async (ownerUrl: string): Promise<Database> => {
  const client = new pg.Client(ownerUrl);
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    const rows = async <Row>(schema: z.ZodType<Row>, sql: string): Promise<readonly Row[]> =>
      (await client.query<Record<string, unknown>>(sql)).rows.map((row) => schema.parse(row));
    const cases = await rows(z.object({ id: z.string() }), 'select id from firebreak.cases order by id');
    const runs = await rows(runRow, 'select * from firebreak.runs order by case_id, number');
    const events = await rows(eventRow, 'select * from firebreak.audit_events order by seq');
    return {
      cases: cases.map(({ id }) => id),
      runs: runs.map((run) => ({ ...run, plan: planText.parse(JSON.parse(run.plan_text)) })),
      decisions: await rows(decisionRow, 'select * from firebreak.decisions'),
      events: events.map((event) => ({ ...event, parsed: parsedBody(event.body) })),
      texts: await rows(textRow, 'select * from firebreak.audit_texts'),
      changes: await rows(changeRow, 'select * from firebreak.changes order by id'),
      uploads: await rows(uploadRow, 'select * from firebreak.uploads order by begun_at'),
      proofs: await rows(proofRow, 'select * from firebreak.proofs order by id'),
      heads: await rows(headRow, 'select * from firebreak.audit_head'),
      messages: await rows(messageRow, 'select * from firebreak.messages'),
    };
  } finally {
    await client.end();
  }
};
