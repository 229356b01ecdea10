import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { clusterRole } from '../../src/commands/permissions.ts';

test('deploy/rbac.yaml is what `firebreak permissions` prints', async () => {
  expect(await readFile(new URL('../../deploy/rbac.yaml', import.meta.url), 'utf8')).toBe(clusterRole());
});

test('the printed permissions hold no Secrets, no wildcard and no write beyond exec', () => {
  const role = clusterRole();
  expect(role).not.toMatch(/secrets|"\*"|- \*/);
  expect(role.match(/- (create|update|patch|delete)\b/g)).toEqual(['- create']);
});
