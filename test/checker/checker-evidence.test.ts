import { appendFile, cp, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Card, Scenario } from '../scenarios/scenario.ts';
import type { CheckedWorld } from './checked-world.ts';
import { goodIncident } from './good-incident.ts';
import { judge } from './judge.ts';
import type { Database } from './read-database.ts';

let scenario: Scenario;
let card: Card;
let world: CheckedWorld;
let good: Database;
beforeAll(async () => {
  ({ scenario, card, world, good } = await goodIncident());
}, 60_000);
afterAll(() => scenario?.[Symbol.asyncDispose]());

describe('finds in the evidence', () => {
  /** The evidence in a folder of its own, with one thing changed in the run's bundle. */
  const planted = async (plant: (bundle: string) => Promise<void>): Promise<string> => {
    const evidence = await mkdtemp(join(tmpdir(), 'firebreak-planted-'));
    try {
      await cp(world.evidence, evidence, { recursive: true, preserveTimestamps: true });
      await plant(join(evidence, card.run.replace(/-\d+$/, ''), card.run));
      return (await judge(good, { ...world, evidence })).join('\n');
    } finally {
      await rm(evidence, { recursive: true });
    }
  };
  const edit = (name: string, change: (text: string) => string) => async (bundle: string) => {
    const path = join(bundle, name);
    await writeFile(path, change(await readFile(path, 'utf8')));
  };
  test.each<[string, (bundle: string) => Promise<void>, RegExp]>([
    ['no bundle', (bundle) => rm(bundle, { recursive: true }), /is succeeded and has no bundle/],
    ['no manifest', (bundle) => rm(join(bundle, 'manifest.json')), /is succeeded and has no manifest/],
    ['a missing artifact', (bundle) => rm(join(bundle, 'files.tar')), /lacks files\.tar/],
    [
      'an artifact that was changed',
      (bundle) => appendFile(join(bundle, 'pod.json'), ' '),
      /has other bytes in pod\.json than its manifest says[\s\S]*does not verify with sha256sum/,
    ],
    [
      'an artifact that is not an archive',
      (bundle) => writeFile(join(bundle, 'files.tar'), 'nothing of the kind'),
      /has a files\.tar that tar -t does not read/,
    ],
    [
      'a list of sums without an artifact',
      edit('SHA256SUMS', (text) => text.replace(/^.*pod\.json\n/m, '')),
      /of pod\.json, unlike its SHA256SUMS/,
    ],
    [
      'a manifest that was changed',
      edit('manifest.json', (text) => `${text} `),
      /has a manifest that is not the one in the trail/,
    ],
    [
      'a manifest of another run',
      edit('manifest.json', (text) => text.replaceAll(card.run, 'FB-2026-0009-9')),
      /has a manifest of another run/,
    ],
    [
      'a manifest with another hash',
      edit('manifest.json', (text) => text.replace(/("name":"pod\.json".*?"sha256":")[0-9a-f]{4}/, '$10000')),
      /has pod\.json with another hash than in the trail/,
    ],
    [
      'a manifest with another anchor',
      edit('manifest.json', (text) => text.replace(/("audit":\{"hash":")[0-9a-f]{4}/, '$1zzzz')),
      /has an anchor that is not in the trail/,
    ],
    [
      'a bundle that calls itself whole and is not',
      edit('manifest.json', (text) => text.replace('"COUNTED"', '"INCOMPLETE"')),
      /unlike its list INCOMPLETE[\s\S]*calls itself complete/,
    ],
    [
      'a bundle without an artifact that calls itself whole',
      edit('manifest.json', (text) => JSON.stringify({ ...JSON.parse(text), artifacts: [] })),
      /says nothing of having captured nothing[\s\S]*calls itself complete/,
    ],
    [
      'a file that nobody named',
      (bundle) => writeFile(join(bundle, 'notes.txt.partial'), ''),
      /holds notes\.txt\.partial, which its manifest does not name/,
    ],
    [
      'a file that was written after the manifest',
      (bundle) => utimes(join(bundle, 'pod.json'), new Date(), new Date()),
      /has pod\.json written after its manifest/,
    ],
    [
      'an earlier capture that is not listed',
      async (bundle) => {
        await mkdir(join(bundle, 'superseded-1'));
        await writeFile(join(bundle, 'superseded-1', 'files.tar'), 'half');
      },
      /does not list superseded-1\/files\.tar in INCOMPLETE/,
    ],
    [
      'a secret',
      (bundle) => appendFile(join(bundle, 'volatile.jsonl'), world.secrets[0] ?? ''),
      /a secret \(.*\) stands in .*volatile\.jsonl/,
    ],
  ])('%s', async (_what, plant, sentence) => {
    expect(await planted(plant)).toMatch(sentence);
  });

  test('an earlier capture that is gone', async () => {
    const gone: Database = {
      ...good,
      events: good.events.map((event) => ({
        ...event,
        ...(event.type === 'evidence.sealed' && {
          type: 'evidence.superseded',
          parsed: event.parsed && { ...event.parsed, facts: { objects: ['superseded-1/files.tar'] } },
        }),
      })),
    };
    expect((await judge(gone, world)).join('\n')).toMatch(
      /superseded-1\/files\.tar of an earlier capture is gone/,
    );
  });

  test('an incomplete end that the channel was not told', async () => {
    const message = await planted(
      edit('manifest.json', (text) =>
        text.replace('"completeness":"complete"', '"completeness":"INCOMPLETE"'),
      ),
    );
    expect(message).toMatch(/is not whole, and the channel was not told/);
  });
});
