import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { AUDIT_EVENT_TYPES } from '../../src/core/audit-event.ts';
import { AUDIT_BREAKS } from '../../src/postgres/audit-check.ts';

test('the page on the format explains every type of event and every kind of break, and no other type', async () => {
  const page = await readFile(new URL('../../docs/audit-format.md', import.meta.url), 'utf8');
  const [, types = ''] = page.split('## Types of events');
  const named = [...types.matchAll(/^\| (`[^|]*)\|/gm)].map(([, column = '']) => column);
  const explained = named.flatMap((column) => [...column.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  expect(new Set(explained)).toEqual(new Set(AUDIT_EVENT_TYPES));
  for (const kind of AUDIT_BREAKS) expect(page).toContain(`| \`${kind}\``);
});
