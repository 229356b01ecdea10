import { expect, test, vi } from 'vitest';
import { isRealPatch } from './patch-requests.ts';
import { startScenario } from './scenario.ts';
import { until } from './until.ts';

vi.setConfig({ testTimeout: 150_000 });

test('runs that wait for one object leave room for the takeover of the one that holds it', async () => {
  await using scenario = await startScenario({
    slack: { rateLimits: 'off' },
    cluster: { containers: 'no shell' },
    config: { rules: [{ verbs: ['*'], approvals: 0 }] },
  });
  const first = await scenario.start();
  const held = scenario.incident.cluster.faults.holdBefore(isRealPatch);
  const holder = await scenario.ask('label pod/x k0=v');
  await held.reached;
  await scenario.start();
  // More than both replicas have slots.
  for (let i = 1; i <= 17; i += 1) await scenario.ask(`label pod/x k${i}=v`);
  const atWork = async (): Promise<number> =>
    Number(
      (await scenario.query("select count(*)::int as n from pgboss.job where state = 'active'"))[0]?.['n'],
    );
  await until('the waiting runs fill the slots of a replica', async () => (await atWork()) >= 8);
  await first.kill('SIGKILL');
  held.release('forget');
  await scenario.reached(holder.run, 'succeeded', 'failed');
  const inspect = await scenario.ask('inspect pod/x');
  await scenario.reached(inspect.run, 'succeeded');
  await until('all of them have ended', async () => {
    const [row] = await scenario.query(
      "select count(*)::int as n from firebreak.runs where state <> 'succeeded'",
    );
    return row?.['n'] === 0;
  });
  expect(await scenario.violations()).toEqual([]);
});
