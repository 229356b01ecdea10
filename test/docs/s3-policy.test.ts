import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { S3_ACTIONS, type S3Action } from '../../sandbox/aws/s3/access/s3-actions.ts';
import type { EvidenceStore } from '../../src/core/evidence.ts';
import { PART_BYTES, s3Place } from '../contracts/s3-place.ts';

const KMS_KEY = 'arn:aws:kms:us-east-1:123456789012:key/evidence';
const RUN = 'FB-2026-0007/FB-2026-0007-1';
const never = new AbortController().signal;

const policySchema = z.object({
  Statement: z.array(z.object({ Sid: z.string(), Action: z.array(z.enum(S3_ACTIONS)) })),
});

const operations = (): Promise<string> =>
  readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');

/** What docs/operations.md tells people to allow. */
const documented = async () => {
  const text = await operations();
  const [, json = ''] = /```json\n(\{[\s\S]*?\n\})\n```/.exec(text) ?? [];
  return policySchema.parse(JSON.parse(json)).Statement;
};

/** Everything that a store is asked to do. */
const useAll = async (store: EvidenceStore, inParts: EvidenceStore): Promise<void> => {
  const write = async (name: string, bytes: number) => {
    const writer = await store.create(RUN, name, never);
    await writer.write(Buffer.alloc(bytes));
    return writer;
  };
  await store.check(never);
  await (await write('pod.json', 5)).close();
  await (await write('files.tar', PART_BYTES + 1)).close();
  await write('logs/app.log', PART_BYTES);
  await store.unfinished(RUN, never);
  await inParts.supersede(RUN, never);
  await store.inventory(RUN, () => true, never);
  const link = await (await write('events.json', 5))
    .close()
    .then(() => store.link(RUN, { name: 'events.json' }, new Date(), never));
  expect((await fetch(link.url)).status).toBe(200);
};

const run = async (allow: readonly S3Action[], settings: object): Promise<string> => {
  await using place = await s3Place({
    buckets: [{ name: 'evidence', objectLock: 'on' }],
    kmsKeys: [{ arn: KMS_KEY }],
  });
  place.s3.accessKeys.setPolicy(place.s3.accessKey.accessKeyId, { allow });
  try {
    await useAll(place.store(settings), place.store(settings, { copyBytes: PART_BYTES }));
    return 'works';
  } catch (thrown) {
    return `fails: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
};

const EVERYTHING = {
  objectLock: { mode: 'GOVERNANCE', days: 1 },
  legalHold: true,
  kmsKeyId: KMS_KEY,
} as const;

test('the policy in docs/operations.md is enough for everything the store does', async () => {
  const all = (await documented()).flatMap(({ Action }) => Action);
  expect(await run(all, EVERYTHING)).toBe('works');
});

test('its first statement is enough without locks and a key', async () => {
  const [first] = await documented();
  expect(await run(first?.Action ?? [], {})).toBe('works');
});

test('nothing in it is superfluous', async () => {
  const all = (await documented()).flatMap(({ Action }) => Action);
  const superfluous: string[] = [];
  for (const action of all)
    if (
      (await run(
        all.filter((one) => one !== action),
        EVERYTHING,
      )) === 'works'
    )
      superfluous.push(action);
  expect(superfluous).toEqual([]);
}, 60_000);

const CONDITIONS = ['if-none-match', 'if-match', 'x-amz-copy-source-if-match'];

/** `CopyObject if-none-match`, for each row of the table of what another store has to support. */
const documentedConditions = async (): Promise<readonly string[]> => {
  const rows = [...(await operations()).matchAll(/^\| `([A-Z][a-z]\w+)` \| (.*?) \|/gmu)];
  return rows.flatMap(([, operation, conditions = '']) =>
    [...conditions.matchAll(/`([\w-]+)(?:: \*)?`/gu)].map(
      ([, name]) => `${operation} ${name?.toLowerCase()}`,
    ),
  );
};

test('docs/operations.md names every conditional call that another store has to support, and no other', async () => {
  await using place = await s3Place();
  await useAll(place.store(), place.store({}, { copyBytes: PART_BYTES }));
  const sent = place.s3
    .requests()
    .flatMap(({ operation, headers }) =>
      CONDITIONS.filter((name) => headers[name] !== undefined).map((name) => `${operation} ${name}`),
    );
  expect([...(await documentedConditions())].sort()).toEqual([...new Set(sent)].sort());
});
