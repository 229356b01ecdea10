import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import type { FirebreakProcess } from '../../sandbox/incident/firebreak-process.ts';
import { SEED_CHANNELS, SEED_PEOPLE } from '../../sandbox/slack/workspace-seed.ts';
import { type Ended, type StartedCommand, startCommand } from '../commands/run-command.ts';
import { endJudged } from './end-judged.ts';
import { wordsOf } from './message-words.ts';
import { carriedOut, isDryRun, isRealPatch } from './patch-requests.ts';
import { type Scenario, startScenario } from './scenario.ts';
import { APPROVERS, type Rules, writeConfig } from './scenario-config.ts';
import { until } from './until.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;
const LABELS = { app: 'checkout', 'pod-template-hash': '7d9f8b6c54' };
const ASKER = SEED_PEOPLE.requester.id;
const CHANNEL = SEED_CHANNELS.incident.id;
/** Longer than a run without a job may be silent before a replica calls a worker for it. */
const SILENT_MS = 35_000;

/** An undo asks for an approval by these; what it undoes asks for none. */
const approvedBy = (approvers: readonly string[]): Rules => [
  { verbs: ['label'], approvals: 0 },
  { verbs: ['undo'], approvals: 1, approvers },
];

/** `firebreak undo` on the same machine: it has the file and the database, and nothing of Slack's. */
class Host {
  readonly #scenario: Scenario;
  readonly #rules: Rules;

  constructor(scenario: Scenario, rules: Rules) {
    this.#scenario = scenario;
    this.#rules = rules;
  }

  async start(args: readonly string[], rules: Rules = this.#rules): Promise<StartedCommand> {
    const { dataDir, urls } = this.#scenario;
    return startCommand(['undo', ...args], {
      DATABASE_URL: urls.serveUrl,
      FIREBREAK_DATA_DIR: dataDir,
      FIREBREAK_CONFIG: await writeConfig(dataDir, 'on-the-host.yml', { [CHANNEL]: rules }),
    });
  }

  async undo(run: string, ...more: readonly string[]): Promise<Ended> {
    return (await this.start([run, '--as', ASKER, ...more])).ended;
  }
}

const startedScenario = (rules: Rules): Promise<Scenario> =>
  startScenario({
    cluster: { containers: 'no shell' },
    slack: { rateLimits: 'off' },
    channels: { [CHANNEL]: rules },
  });

/** A label that needs no approval; resolves with its run at its end. */
const labelled = async (scenario: Scenario, what = 'quarantine=true'): Promise<string> => {
  const { run } = await scenario.ask(`label pod/x ${what}`);
  await scenario.reached(run, 'succeeded');
  await scenario.quiet(run);
  return run;
};
const labels = ({ incident }: Scenario) => incident.cluster.object(POD)?.metadata.labels;
const runs = async ({ query }: Scenario): Promise<readonly string[]> =>
  (await query('select id from firebreak.runs order by number')).map(({ id }) => String(id));
const newest = async (scenario: Scenario): Promise<string> => (await runs(scenario)).at(-1) ?? '';
const workersOf = async ({ query }: Scenario, run: string): Promise<readonly string[]> =>
  (
    await query(
      `select body::json #>> '{facts,worker}' as worker from firebreak.audit_events
       where run_id = $1 and type in ('run.started', 'run.taken-over') order by seq`,
      [run],
    )
  ).map(({ worker }) => String(worker));
/** Changes of the cluster since then. */
const patchesAfter = ({ incident }: Scenario, before: number): readonly RecordedRequest[] =>
  carriedOut(incident.cluster.requests).slice(before);

describe('firebreak undo, where the channel asks for no approval,', () => {
  const rules: Rules = [{ verbs: ['label', 'undo'], approvals: 0 }];
  let scenario: Scenario;
  let host: Host;
  let serving: FirebreakProcess;
  beforeAll(async () => {
    scenario = await startedScenario(rules);
    host = new Host(scenario, rules);
    serving = await scenario.start();
  });
  afterAll(() => endJudged(scenario));
  beforeEach(() => scenario.incident.cluster.faults.clear());

  test('puts it back here and now, and says truthfully who asked', async () => {
    const run = await labelled(scenario);
    const { code, stdout, stderr } = await host.undo(run, '--reason', 'case closed');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Changed:\n  pod/x in payments: label quarantine: true ▶ absent\n');
    expect(labels(scenario)).toEqual(LABELS);
    const undo = await newest(scenario);
    expect(stdout).toContain(`${undo} is succeeded. ${run} is undone on pod/x in payments`);
    expect(await workersOf(scenario, undo)).toEqual([expect.stringMatching(/^undo on .+\/\d+$/u)]);
    const [asked] = await scenario.query(
      `select body::json ->> 'actor' as actor, (select json_object_agg(name, text) from firebreak.audit_texts t
         where t.seq = e.seq) as texts from firebreak.audit_events e where type = 'run.requested' and run_id = $1`,
      [undo],
    );
    expect(JSON.parse(String(asked?.['actor']))).toEqual({
      kind: 'host',
      uid: process.getuid?.(),
      speaksFor: { team: expect.stringMatching(/^T/u), user: ASKER },
    });
    expect(asked?.['texts']).toMatchObject({
      reason: 'case closed',
      host: expect.stringMatching(/./u),
      login: expect.any(String),
    });
    const card = await scenario.shown(undo, 'card');
    expect(wordsOf(card.blocks)).toContain(`Asked on the host in the name of @${ASKER} by user`);
    expect(wordsOf(card.blocks)).toContain('not checked by Slack');
    await scenario.shown(run, 'card', (text) => text.includes('Undone by'));
  });

  test('refuses what is undone already, without commands that would do it again', async () => {
    const run = await labelled(scenario);
    expect((await host.undo(run)).code).toBe(0);
    const before = await runs(scenario);
    const { code, stdout, stderr } = await host.undo(run);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('is left to put back');
    expect(await runs(scenario)).toEqual(before);
  });

  test.each([
    ['before its change', 'holdBefore'],
    ['when its change is made and not answered', 'holdAnswer'],
  ] as const)('and killed %s, is taken over by a replica that serves', async (_when, how) => {
    const run = await labelled(scenario);
    const { requests, faults } = scenario.incident.cluster;
    const before = carriedOut(requests).length;
    const held = faults[how](isRealPatch);
    const command = await host.start([run, '--as', ASKER]);
    await held.reached;
    const undo = await newest(scenario);
    command.kill('SIGKILL');
    await command.ended;
    held.release('forget');
    expect(await scenario.state(undo)).toBe('running');
    await scenario.advance(SILENT_MS);
    await scenario.reached(undo, 'succeeded');
    expect(labels(scenario)).toEqual(LABELS);
    expect(patchesAfter(scenario, before)).toHaveLength(1);
    expect(await workersOf(scenario, undo)).toEqual([
      expect.stringContaining('undo on '),
      expect.not.stringContaining('undo on '),
    ]);
  });

  test('and stopped by Ctrl-C, hands it over at once', async () => {
    const run = await labelled(scenario);
    const held = scenario.incident.cluster.faults.holdBefore(isDryRun);
    const command = await host.start([run, '--as', ASKER]);
    await held.reached;
    const undo = await newest(scenario);
    command.kill('SIGINT');
    const { code, stderr } = await command.ended;
    // Without a job it would have been found 30 s later.
    expect(await scenario.query('select from pgboss.job where singleton_key = $1', [undo])).toHaveLength(1);
    held.release('forget');
    expect(code).toBe(3);
    expect(stderr).toContain(`${undo} was left before its end. A Firebreak that serves goes on with it`);
    await scenario.reached(undo, 'succeeded');
    expect(labels(scenario)).toEqual(LABELS);
  });

  test('and frozen until a replica did it, changes nothing more and tells how it ended', async () => {
    const run = await labelled(scenario);
    const { requests, faults } = scenario.incident.cluster;
    const before = carriedOut(requests).length;
    const held = faults.holdBefore(isRealPatch);
    const command = await host.start([run, '--as', ASKER]);
    await held.reached;
    const undo = await newest(scenario);
    command.kill('SIGSTOP');
    await scenario.advance(SILENT_MS);
    await scenario.reached(undo, 'succeeded');
    held.release('go on');
    command.kill('SIGCONT');
    const { code, stdout } = await command.ended;
    expect(stdout).toContain(`${undo} is succeeded.`);
    expect(code).toBe(0);
    expect(patchesAfter(scenario, before)).toHaveLength(1);
  });

  test('and killed while nothing serves, goes on where the same command is typed again', async () => {
    const run = await labelled(scenario);
    await serving.kill('SIGTERM');
    const held = scenario.incident.cluster.faults.holdBefore(isRealPatch);
    const command = await host.start([run, '--as', ASKER]);
    await held.reached;
    const undo = await newest(scenario);
    command.kill('SIGKILL');
    await command.ended;
    held.release('forget');
    await scenario.advance(SILENT_MS);
    const { code, stdout } = await host.undo(run);
    expect(stdout).toContain(`${undo} does that already, so nothing new is asked for.`);
    expect(stdout).toContain(`${undo} is succeeded.`);
    expect(code).toBe(0);
    expect(await newest(scenario)).toBe(undo);
    expect(labels(scenario)).toEqual(LABELS);
    serving = await scenario.start();
    await scenario.shown(undo, 'end');
  });
});

describe('firebreak undo, where the channel asks for an approval,', () => {
  const rules = approvedBy([SEED_PEOPLE.approver.id]);
  let scenario: Scenario;
  let host: Host;
  let serving: FirebreakProcess;
  beforeAll(async () => {
    scenario = await startedScenario(rules);
    host = new Host(scenario, rules);
    serving = await scenario.start();
  });
  afterAll(() => endJudged(scenario));

  test('waits for it, says how to do it by hand, and is done when someone approved', async () => {
    const run = await labelled(scenario);
    await serving.kill('SIGTERM');
    const asked = await host.undo(run);
    expect(asked).toMatchObject({ code: 3, stderr: '' });
    const undo = await newest(scenario);
    expect(asked.stdout).toContain(`${undo} needs 1 approval from ${SEED_PEOPLE.approver.id}.`);
    expect(asked.stdout).toContain(`Its card is owed to the channel ${CHANNEL}`);
    expect(asked.stdout).toMatch(
      /To put it back without Firebreak .*:\n {2}kubectl patch pods\/x -n payments/u,
    );
    expect(labels(scenario)).toMatchObject({ quarantine: 'true' });
    // Asked again, it is the same one, and is followed to its end.
    const command = await host.start([run, '--as', ASKER, '--wait']);
    await until('it waits', () => command.written().includes(`${undo} does that already`));
    serving = await scenario.start();
    const card = await scenario.shown(undo, 'card');
    expect(wordsOf(card.blocks)).toContain('not checked by Slack');
    await scenario.approve({ run: undo, channel: CHANNEL, ts: card.ts });
    const { code, stdout } = await command.ended;
    expect(stdout).toContain(`${undo} is succeeded.`);
    expect(code).toBe(0);
    expect(labels(scenario)).toEqual(LABELS);
    expect(await workersOf(scenario, undo)).toEqual([expect.not.stringContaining('undo on ')]);
  });

  test('does nothing when it is denied, and says so', async () => {
    const run = await labelled(scenario);
    const command = await host.start([run, '--as', ASKER, '--wait']);
    await until('it waits', () => command.written().includes('needs 1 approval'));
    const undo = await newest(scenario);
    const { ts } = await scenario.shown(undo, 'card');
    await scenario.press({ run: undo, channel: CHANNEL, ts }, 'Deny', SEED_PEOPLE.approver.id);
    const { code, stdout } = await command.ended;
    expect(stdout).toContain(`${undo} is denied.`);
    expect(code).toBe(1);
    expect(labels(scenario)).toMatchObject({ quarantine: 'true' });
  });

  test('expires by itself where nothing serves', async () => {
    const run = await labelled(scenario, 'case=open');
    await serving.kill('SIGTERM');
    const command = await host.start([run, '--as', ASKER, '--wait']);
    await until('it waits', () => command.written().includes('needs 1 approval'));
    await scenario.advance(31 * 60_000);
    const { code, stdout } = await command.ended;
    expect(stdout).toContain(`${await newest(scenario)} is expired.`);
    expect(code).toBe(1);
    serving = await scenario.start();
  });

  test('is refused while only Slack knows the approvers, with the commands that do it by hand', async () => {
    const run = await labelled(scenario, 'tier=lost');
    const before = await runs(scenario);
    const command = await host.start([run, '--as', ASKER], approvedBy([APPROVERS]));
    const { code, stdout, stderr } = await command.ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`the user group ${APPROVERS}, and only Slack knows who is in it`);
    expect(stdout).toContain('kubectl patch pods/x -n payments');
    expect(await runs(scenario)).toEqual(before);
  });

  test('is refused for a channel that the configuration does not list', async () => {
    const run = await labelled(scenario, 'team=ir');
    const command = await host.start([run, '--as', ASKER], [{ verbs: ['inspect'], approvals: 0 }]);
    const { code, stdout, stderr } = await command.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^[^\n]+ \(E-[0-9a-f]{8}\)\n$/u);
    expect(stdout).toContain('kubectl patch pods/x -n payments');
  });
});
