import { expect, test } from 'vitest';
import { auditEvent, ledgerFixture } from '../../test/ledger-fixture.ts';
import { exportAudit } from './audit-export.ts';

test('reads no more of the trail than a slow reader has taken, and one snapshot whatever is appended meanwhile', async () => {
  await using fixture = await ledgerFixture();
  const { id } = await fixture.request();
  for (let batch = 0; batch < 12; batch += 1)
    await fixture.ledger.write(async (transaction) => {
      for (let n = 0; n < 100; n += 1) await transaction.append(auditEvent('evidence.stored', id));
    });
  const fetches: number[] = [];
  let lines = 0;
  fixture.pool.on('acquire', (client) => {
    const query = client.query.bind(client);
    client.query = ((...args: Parameters<typeof query>) => {
      if (String(args[0]).startsWith('fetch')) fetches.push(lines);
      return query(...args);
    }) as typeof client.query;
  });
  const events = await exportAudit(fixture.pool, async () => {
    lines += 1;
    if (lines === 1 || lines === 700)
      await fixture.ledger.write((transaction) => transaction.append(auditEvent('run.queued', id)));
  });
  expect(events).toBe(1_202);
  expect(fetches).toEqual([1, 501, 1_001]);
});
