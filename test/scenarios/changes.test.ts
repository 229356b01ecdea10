import { expect, test } from 'vitest';
import { startScenario } from './scenario.ts';

const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;

test('a label is put on, shown as held, and undone', async () => {
  await using scenario = await startScenario();
  const { cluster, slack } = scenario.incident;
  await using _firebreak = await scenario.start();
  const card = await scenario.ask('label prod-cluster pod/x quarantine=true --reason "it beacons"');
  await scenario.press(card, 'Approve', slack.people.approver.id);
  expect(await scenario.reached(card.run, 'succeeded', 'failed')).toBe('succeeded');
  expect(cluster.object(POD)?.metadata).toMatchObject({
    labels: { app: 'checkout', quarantine: 'true', 'firebreak.dev/case': card.run.replace(/-\d+$/, '') },
    annotations: { 'firebreak.dev/run': card.run },
  });
  expect(await scenario.told('in-force')).toContain('quarantine');
  const undo = await scenario.ask(`undo ${card.run}`);
  await scenario.press(undo, 'Approve', slack.people.approver.id);
  expect(await scenario.reached(undo.run, 'succeeded', 'failed')).toBe('succeeded');
  expect(cluster.object(POD)?.metadata.labels).toEqual({
    app: 'checkout',
    'pod-template-hash': '7d9f8b6c54',
  });
  expect(cluster.object(POD)?.metadata.annotations ?? {}).toEqual({});
  expect(await scenario.told('in-force')).toContain('holds nothing');
  expect(await scenario.violations()).toEqual([]);
});
