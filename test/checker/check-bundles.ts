import { join } from 'node:path';
import type { CheckedSlack } from './checked-world.ts';
import { filesBelow } from './files-below.ts';
import { type Bundle, readBundle } from './read-bundle.ts';
import type { Database, EventRow, RunRow } from './read-database.ts';
import { noticeOf, wordsOf } from './read-notice.ts';
import { runTool } from './run-tool.ts';

const RESULTS = ['succeeded', 'incomplete'];

/** What was sealed verifies, what is not whole says so, and the trail, the channel and the folder agree. */
export const checkBundles = async (
  database: Database,
  evidence: string,
  slack: CheckedSlack,
): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const run of database.runs) {
    const events = database.events.filter(({ run_id: id }) => id === run.id);
    const folder = join(evidence, run.case_id, run.id);
    const files = await filesBelow(folder);
    if (files.length === 0) {
      if (run.plan.evidence !== '' && RESULTS.includes(run.state))
        found.push(`${run.id} is ${run.state} and has no bundle`);
      continue;
    }
    found.push(...supersededProblems(run, events, files));
    const bundle = await readBundle(folder, files);
    if (bundle === undefined) {
      if (RESULTS.includes(run.state)) found.push(`${run.id} is ${run.state} and has no manifest`);
      continue;
    }
    found.push(
      ...bundleProblems(bundle, run).map((why) => `${run.id} ${why}`),
      ...trailProblems(bundle, database, run, events).map((why) => `${run.id} ${why}`),
      ...channelProblems(bundle, run, slack).map((why) => `${run.id} ${why}`),
      ...changesProblems(bundle, database, run).map((why) => `${run.id} ${why}`),
      ...toolProblems(bundle, folder).map((why) => `${run.id} ${why}`),
    );
  }
  return found;
};

const supersededProblems = (
  run: RunRow,
  events: readonly EventRow[],
  files: readonly string[],
): readonly string[] =>
  events
    .filter(({ type }) => type === 'evidence.superseded')
    .flatMap(({ parsed }) => parsed?.facts['objects'])
    .filter((name) => typeof name !== 'string' || !files.includes(name))
    .map((name) => `${run.id}: ${String(name)} of an earlier capture is gone`);

const bundleProblems = (bundle: Bundle, run: RunRow): readonly string[] => {
  const { manifest, files, incomplete, sums } = bundle;
  const found: string[] = [];
  const own = files.filter(({ name }) => !name.startsWith('superseded-'));
  const file = (name: string) => files.find((one) => one.name === name);
  for (const { name, sha256, bytes, completeness } of manifest.artifacts) {
    const lying = file(name);
    if (lying === undefined && (completeness !== 'INCOMPLETE' || bytes > 0)) found.push(`lacks ${name}`);
    if (lying !== undefined && (lying.sha256 !== sha256 || lying.bytes !== bytes))
      found.push(`has other bytes in ${name} than its manifest says`);
    const whole = completeness === 'VERIFIED' || completeness === 'COUNTED';
    if (whole !== (sums.get(name) === sha256))
      found.push(`says ${completeness} of ${name}, unlike its SHA256SUMS`);
    if (
      (completeness === 'INCOMPLETE') !==
      incomplete.some((entry) => entry.kind === 'artifact' && entry.name === name)
    )
      found.push(`says ${completeness} of ${name}, unlike its list INCOMPLETE`);
  }
  const named = ['manifest.json', 'SHA256SUMS', 'INCOMPLETE', ...manifest.artifacts.map(({ name }) => name)];
  for (const { name } of own)
    if (!named.includes(name)) found.push(`holds ${name}, which its manifest does not name`);
  const sealed = file('manifest.json');
  for (const { name, changedNs } of own)
    if (sealed !== undefined && changedNs > sealed.changedNs)
      found.push(`has ${name} written after its manifest`);
  for (const { name, sha256, bytes } of files.filter((one) => one.name.startsWith('superseded-'))) {
    const entry = incomplete.find((one) => one.kind === 'superseded' && one.name === name);
    if (entry === undefined) found.push(`does not list ${name} in INCOMPLETE`);
    else if (entry.sha256 !== sha256 || entry.bytes !== bytes) found.push(`lists other bytes for ${name}`);
  }
  const empty = manifest.artifacts.length === 0;
  if (empty !== incomplete.some(({ kind }) => kind === 'nothing'))
    found.push('says nothing of having captured nothing, or says so of something');
  const whole = !empty && manifest.artifacts.every(({ completeness }) => completeness !== 'INCOMPLETE');
  if ((manifest.completeness === 'complete') !== whole) found.push(`calls itself ${manifest.completeness}`);
  // What changes something can fail with everything captured.
  const mayFailWhole = run.plan.writes.length > 0 && !RESULTS.includes(run.state);
  if ((run.state === 'succeeded') !== (manifest.completeness === 'complete') && !mayFailWhole)
    found.push(`is ${run.state}, and its bundle calls itself ${manifest.completeness}`);
  if (manifest.run !== run.id || manifest.planDigest !== run.plan_digest || manifest.capture !== run.fence)
    found.push('has a manifest of another run, plan or capture');
  return found;
};

const trailProblems = (
  { manifest, sha256 }: Bundle,
  { events: all }: Database,
  run: RunRow,
  events: readonly EventRow[],
): readonly string[] => {
  const found: string[] = [];
  const sealed = events.findLast(({ type }) => type === 'evidence.sealed');
  if (sealed?.parsed?.facts['manifestSha256'] !== sha256)
    found.push('has a manifest that is not the one in the trail');
  if (!(run.result ?? '').includes(sha256))
    found.push('ended with another manifest than the one in the folder');
  const stored = new Map(
    events
      .filter(({ type }) => type === 'evidence.stored')
      .map(({ parsed }) => [parsed?.facts['name'], parsed?.facts['sha256']]),
  );
  for (const { name, sha256: hash } of manifest.artifacts)
    if (stored.get(name) !== hash) found.push(`has ${name} with another hash than in the trail`);
  const { audit } = manifest;
  if (audit.seq !== 0 && all.find(({ seq }) => seq === audit.seq)?.hash !== audit.hash)
    found.push('has an anchor that is not in the trail');
  return found;
};

/** The bundle has what stood in the ledger, and a command for whatever may still stand in the cluster. */
const changesProblems = ({ changes = [] }: Bundle, database: Database, { id }: RunRow): readonly string[] => {
  const kept = database.changes.filter(({ run_id: run }) => run === id);
  const told = (outcome: string, uid: string, fields: readonly unknown[]): string =>
    JSON.stringify([outcome, uid, fields]);
  const same =
    changes.length === kept.length &&
    kept.every(({ state, uid, fields }, index) => {
      const one = changes[index];
      return one !== undefined && told(one.outcome, one.object.uid, one.fields) === told(state, uid, fields);
    });
  return [
    ...(same ? [] : ['has other changes in its bundle than in the ledger']),
    ...changes
      .filter(({ outcome, byHand }) => outcome !== 'not applied' && byHand === undefined)
      .map((one) => `has no command in its bundle for change ${one.id}`),
  ];
};

const channelProblems = (
  { manifest, sha256 }: Bundle,
  run: RunRow,
  slack: CheckedSlack,
): readonly string[] => {
  const texts = slack
    .messages(run.plan.channel)
    .filter((message) => noticeOf(message)?.run === run.id && noticeOf(message)?.notice === 'end')
    .map(({ blocks }) => wordsOf(blocks));
  const found: string[] = [];
  if (!texts.some((text) => text.includes(sha256)))
    found.push('ended without its manifest’s hash in the channel');
  if (manifest.completeness === 'INCOMPLETE' && !texts.some((text) => text.includes('INCOMPLETE')))
    found.push('is not whole, and the channel was not told');
  return found;
};

/** What the system’s own tools say, where it has them. */
const toolProblems = ({ manifest, sums }: Bundle, folder: string): readonly string[] => {
  const found: string[] = [];
  if (sums.size > 0 && runTool('sha256sum', ['--strict', '-c', 'SHA256SUMS'], folder) === 'failed')
    found.push('does not verify with sha256sum -c');
  const tar = manifest.artifacts.find(({ name }) => name === 'files.tar');
  if (tar?.completeness === 'VERIFIED' && runTool('tar', ['-tf', 'files.tar'], folder) === 'failed')
    found.push('has a files.tar that tar -t does not read');
  return found;
};
