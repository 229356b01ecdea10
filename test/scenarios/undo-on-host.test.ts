import { describe, expect, test, vi } from 'vitest';
import { SEED_CHANNELS, SEED_PEOPLE } from '../../sandbox/slack/workspace-seed.ts';
import { type Ended, type StartedCommand, startCommand } from '../commands/run-command.ts';
import { type Scenario, startScenario } from './scenario.ts';
import { type Rules, writeConfig } from './scenario-config.ts';

vi.setConfig({ testTimeout: 120_000 });

const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;
const LABELS = { app: 'checkout', 'pod-template-hash': '7d9f8b6c54' };
const ASKER = SEED_PEOPLE.requester.id;
const FREELY: Rules = [{ verbs: ['label', 'unlabel', 'undo'], approvals: 0 }];
/** `firebreak undo` on the same machine: it has the file and the database, and nothing of Slack's. */
const startUndo = async (
  { dataDir, urls }: Scenario,
  rules: Rules,
  args: readonly string[],
): Promise<StartedCommand> =>
  startCommand(['undo', ...args], {
    DATABASE_URL: urls.serveUrl,
    FIREBREAK_DATA_DIR: dataDir,
    FIREBREAK_CONFIG: await writeConfig(dataDir, 'on-the-host.yml', {
      [SEED_CHANNELS.incident.id]: rules,
    }),
  });
const undo = async (scenario: Scenario, rules: Rules, ...args: readonly string[]): Promise<Ended> =>
  (await startUndo(scenario, rules, args)).ended;

const labelled = async (scenario: Scenario, what = 'quarantine=true'): Promise<string> => {
  const { run } = await scenario.ask(`label pod/x ${what}`);
  await scenario.reached(run, 'succeeded');
  await scenario.quiet(run);
  return run;
};
const labels = ({ incident }: Scenario) => incident.cluster.object(POD)?.metadata.labels;
const started = async (rules: Rules): Promise<Scenario> => {
  const scenario = await startScenario({
    cluster: { containers: 'no shell' },
    slack: { rateLimits: 'off' },
    channels: { [SEED_CHANNELS.incident.id]: rules },
  });
  return scenario;
};
const requestOf = async ({ query }: Scenario, run: string) => {
  const [row] = await query(
    `select e.body, (select json_object_agg(t.name, t.text) from firebreak.audit_texts t where t.seq = e.seq) as texts
     from firebreak.audit_events e where e.type = 'run.requested' and e.run_id = $1`,
    [run],
  );
  return { ...(JSON.parse(String(row?.['body'])) as object), texts: row?.['texts'] };
};

describe('firebreak undo', () => {
  test('undoes here and now where no approval is asked, and says truthfully who asked', async () => {
    await using scenario = await started(FREELY);
    await scenario.start();
    const run = await labelled(scenario);
    const { code, stdout, stderr } = await undo(
      scenario,
      FREELY,
      run,
      '--as',
      ASKER,
      '--reason',
      'case closed',
    );
    expect(stderr).toBe('');
    expect(stdout).toContain('label quarantine: true ▶ absent');
    expect(code).toBe(0);
    expect(labels(scenario)).toEqual(LABELS);
    const undone = run.replace(/1$/u, '2');
    expect(await requestOf(scenario, undone)).toMatchObject({
      actor: { kind: 'host', uid: process.getuid?.(), speaksFor: { user: ASKER } },
      texts: { reason: 'case closed' },
    });
    expect(await scenario.violations()).toEqual([]);
    await scenario.shown(run, 'card', (text) => text.includes('Undone by'));
  });
});
