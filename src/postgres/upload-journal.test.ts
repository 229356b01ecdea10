import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../../sandbox/postgres/test-database.ts';
import { createPool } from './create-pool.ts';
import { PostgresUploadJournal } from './upload-journal.ts';

const STORE = 's3://evidence/firebreak/';
let database: TestDatabase;
let pool: pg.Pool;
let journal: PostgresUploadJournal;
beforeAll(async () => {
  database = await testDatabase();
  pool = createPool(database.serveUrl, { onError: () => undefined });
  journal = new PostgresUploadJournal({ pool, store: STORE });
});
afterAll(async () => {
  await pool.end();
  await database.close();
});

const newUpload = (run: string = randomUUID()) => ({
  id: randomUUID(),
  bundle: `FB-2026-0007/${run}`,
  name: 'files.tar',
});

test('hands what has not ended to who takes the bundle over, with its id in the store', async () => {
  const [whole, begun, sending] = [newUpload('1'), newUpload('1'), newUpload('1')];
  for (const upload of [whole, begun, sending, newUpload('2')]) await journal.begin(upload);
  expect(await journal.multipart(sending.id, 'upload-1')).toBe('open');
  expect(await journal.end(whole.id)).toBe('open');
  const left = await journal.supersede('FB-2026-0007/1');
  expect(left).toHaveLength(2);
  expect(left).toEqual(expect.arrayContaining([begun, { ...sending, uploadId: 'upload-1' }]));
});

test('tells a slow writer that its bundle was taken over, whatever it asks', async () => {
  const upload = newUpload();
  await journal.begin(upload);
  expect(await journal.standing(upload.id)).toBe('open');
  await journal.supersede(upload.bundle);
  expect(await journal.standing(upload.id)).toBe('superseded');
  expect(await journal.multipart(upload.id, 'upload-1')).toBe('superseded');
  expect(await journal.end(upload.id)).toBe('superseded');
});

test('hands out again what the one before could not end, and not what has ended', async () => {
  const upload = newUpload();
  await journal.begin(upload);
  await journal.supersede(upload.bundle);
  expect(await journal.supersede(upload.bundle)).toEqual([upload]);
  await journal.end(upload.id);
  expect(await journal.supersede(upload.bundle)).toEqual([]);
});

test('leaves what begins after a takeover open', async () => {
  const { bundle } = newUpload();
  await journal.supersede(bundle);
  const successor = { ...newUpload(), bundle };
  await journal.begin(successor);
  expect(await journal.standing(successor.id)).toBe('open');
});

test('keeps the uploads of each store apart', async () => {
  const upload = newUpload();
  await journal.begin(upload);
  for (const store of ['s3://elsewhere/', `${STORE} at https://minio.example`])
    expect(await new PostgresUploadJournal({ pool, store }).supersede(upload.bundle)).toEqual([]);
  expect(await journal.standing(upload.id)).toBe('open');
});

test('may be told everything twice, as after a lost answer', async () => {
  const upload = newUpload();
  for (const _ of [1, 2]) {
    await journal.begin(upload);
    await journal.multipart(upload.id, 'upload-1');
    await journal.end(upload.id);
  }
  expect(await journal.supersede(upload.bundle)).toEqual([]);
});

test('refuses another id, and a time that the serving role would set back', async () => {
  const upload = newUpload();
  await journal.begin(upload);
  await journal.multipart(upload.id, 'upload-1');
  await expect(journal.multipart(upload.id, 'upload-2')).rejects.toThrow('stays as it is');
  await journal.supersede(upload.bundle);
  await journal.end(upload.id);
  for (const column of ['superseded_at', 'ended_at', 'upload_id'])
    await expect(
      pool.query(`update firebreak.uploads set ${column} = null where id = $1`, [upload.id]),
      column,
    ).rejects.toThrow('stays as it is');
  for (const sql of ['delete from firebreak.uploads', `update firebreak.uploads set name = 'x'`])
    await expect(pool.query(sql), sql).rejects.toThrow('permission denied');
});
