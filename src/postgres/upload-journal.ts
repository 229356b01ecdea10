import type pg from 'pg';
import { z } from 'zod';
import type { JournaledUpload, UploadJournal, UploadStanding } from '../core/evidence.ts';
import { withRetry } from './with-retry.ts';

const RETRY_FOR_MS = 30_000;

export interface UploadJournalOptions {
  readonly pool: pg.Pool;
  /** Which store it is the journal of: its location, with its endpoint where buckets of two stores may be called alike. */
  readonly store: string;
  /** How long each call waits for a Postgres that is away. */
  readonly retryForMs?: number;
}

const standingRows = z.array(z.object({ superseded: z.boolean() }));
const uploadRows = z.array(
  z
    .object({ id: z.string(), bundle: z.string(), name: z.string(), upload_id: z.string().nullable() })
    .transform(
      ({ id, bundle, name, upload_id: uploadId }): JournaledUpload => ({
        ...{ id, bundle, name },
        ...(uploadId === null ? {} : { uploadId }),
      }),
    ),
);

/** Each statement is one transaction and may run twice: its answer may have been lost with the connection. */
export class PostgresUploadJournal implements UploadJournal {
  readonly #pool: pg.Pool;
  readonly #store: string;
  readonly #retryForMs: number;

  constructor({ pool, store, retryForMs }: UploadJournalOptions) {
    this.#pool = pool;
    this.#store = store;
    this.#retryForMs = retryForMs ?? RETRY_FOR_MS;
  }

  async begin({ id, bundle, name }: Omit<JournaledUpload, 'uploadId'>): Promise<void> {
    await this.#query(
      `insert into firebreak.uploads (id, store, bundle, name) values ($1, $2, $3, $4) on conflict (id) do nothing`,
      [id, this.#store, bundle, name],
    );
  }

  multipart(id: string, uploadId: string): Promise<UploadStanding> {
    return this.#standing('update firebreak.uploads set upload_id = $2 where id = $1', [id, uploadId]);
  }

  async standing(id: string): Promise<UploadStanding> {
    const { rows } = await this.#query(
      'select superseded_at is not null as superseded from firebreak.uploads where id = $1',
      [id],
    );
    return standingOf(id, rows);
  }

  end(id: string): Promise<UploadStanding> {
    return this.#standing(
      'update firebreak.uploads set ended_at = coalesce(ended_at, firebreak.now()) where id = $1',
      [id],
    );
  }

  async supersede(bundle: string): Promise<readonly JournaledUpload[]> {
    const { rows } = await this.#query(
      `update firebreak.uploads set superseded_at = coalesce(superseded_at, firebreak.now())
       where store = $1 and bundle = $2 and ended_at is null returning id, bundle, name, upload_id`,
      [this.#store, bundle],
    );
    return uploadRows.parse(rows);
  }

  async #standing(update: string, values: readonly unknown[]): Promise<UploadStanding> {
    const { rows } = await this.#query(`${update} returning superseded_at is not null as superseded`, values);
    return standingOf(String(values[0]), rows);
  }

  #query(sql: string, values: readonly unknown[]) {
    return withRetry(this.#retryForMs, () => this.#pool.query<Record<string, unknown>>(sql, [...values]));
  }
}

const standingOf = (id: string, rows: unknown): UploadStanding => {
  const [row] = standingRows.parse(rows);
  if (row === undefined) throw new Error(`The upload ${id} is not in the journal.`);
  return row.superseded ? 'superseded' : 'open';
};
