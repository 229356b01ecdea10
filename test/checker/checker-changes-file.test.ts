import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { denyPolicy, type MadeObjectsScene, madeObjectsScene, setLabel } from '../flow/made-objects-scene.ts';
import { checkBundles } from './check-bundles.ts';
import { type Database, readDatabase } from './read-database.ts';

let scene: MadeObjectsScene;
let good: Database;
let bundle: string;
beforeAll(async () => {
  scene = await madeObjectsScene();
  scene.intends({
    writes: (names) => [denyPolicy(names, 'deny'), setLabel('label', 'quarantine', 'true')],
    leavesEvidence: 'bundle',
  });
  const run = await scene.does('fence lab pod/x');
  bundle = join(run.case, run.id);
  good = await readDatabase(scene.fixture.urls.ownerUrl);
}, 60_000);
afterAll(() => scene?.[Symbol.asyncDispose]());

/** Nobody has a channel here: what is said of it does not count. */
const slack = { channels: {}, people: {}, messages: () => [], ephemerals: () => [] };
const found = async (edit?: (text: string) => string, database = good): Promise<readonly string[]> => {
  const evidence = await mkdtemp(join(tmpdir(), 'firebreak-planted-'));
  try {
    await cp(scene.evidence, evidence, { recursive: true, preserveTimestamps: true });
    const path = join(evidence, bundle, 'changes.json');
    if (edit !== undefined) await writeFile(path, edit(await readFile(path, 'utf8')));
    const said = await checkBundles(database, evidence, slack);
    return said.filter((one) => / (change|changes) /u.test(one));
  } finally {
    await rm(evidence, { recursive: true });
  }
};

test('finds nothing wrong with what a bundle says of its changes', async () => {
  expect(await found()).toEqual([]);
});

test.each<[string, (text: string) => string, RegExp]>([
  ['another outcome', (text) => text.replace('"applied"', '"not applied"'), /other changes in its bundle/],
  [
    'another pre-image',
    (text) => text.replace('"before": null', '"before": "x"'),
    /other changes in its bundle/,
  ],
  ['another object', (text) => text.replace('made:networkpolicy', 'made:job'), /other changes in its bundle/],
  [
    'no command',
    (text) => text.replaceAll('"byHand"', '"byFoot"'),
    /has no command in its bundle for change/,
  ],
])('finds %s', async (_what, edit, sentence) => {
  expect((await found(edit)).join('\n')).toMatch(sentence);
});

test('finds a change that the bundle does not have', async () => {
  const [first, ...rest] = good.changes;
  if (first === undefined) throw new Error('nothing was changed');
  const more = { ...good, changes: [first, ...rest, { ...first, id: '999' }] };
  expect((await found(undefined, more)).join('\n')).toMatch(/other changes in its bundle/);
});
