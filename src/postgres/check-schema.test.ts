import { expect, test } from 'vitest';
import { ledgerFixture } from '../../test/ledger-fixture.ts';
import { checkSchema } from './check-schema.ts';
import { createPool } from './create-pool.ts';

test('serves on its own schema alone', async () => {
  await using fixture = await ledgerFixture();
  const owner = createPool(fixture.urls.ownerUrl, { onError: () => undefined });
  await checkSchema(fixture.pool);
  await owner.query(`insert into firebreak.migrations values (9999, '9999-later.sql', 'x')`);
  await expect(checkSchema(fixture.pool)).rejects.toThrow('newer Firebreak');
  await owner.query('delete from firebreak.migrations where number > 2');
  await expect(checkSchema(fixture.pool)).rejects.toThrow('not migrated');
  await owner.query('revoke all on schema firebreak from firebreak');
  await expect(checkSchema(fixture.pool)).rejects.toMatchObject({ next: expect.stringContaining('migrate') });
  await owner.query('drop schema firebreak cascade');
  await expect(checkSchema(fixture.pool)).rejects.toMatchObject({ code: 'config-invalid' });
  await owner.end();
});
