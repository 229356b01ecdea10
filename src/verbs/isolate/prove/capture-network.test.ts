import { expect, test } from 'vitest';
import { connectionsOf, type NetworkCapture } from './capture-network.ts';

const table = (name: 'tcp' | 'tcp6' | 'udp') => ({
  name,
  bytes: Buffer.from('  sl  local_address rem_address st\n'),
});
const capture = (more: Partial<NetworkCapture>): NetworkCapture => ({
  ...{ tables: [table('tcp'), table('udp')], absent: ['tcp6', 'udp6'], missing: [] },
  ...more,
});

test('what was open is known of a kernel without IPv6, and not where a table did not arrive', () => {
  expect(connectionsOf(capture({}))).toEqual({ kind: 'seen', connections: [] });
  const missing = [{ name: 'tcp6', why: 'it was not sent' }] as const;
  expect(connectionsOf(capture({ absent: ['udp6'], missing })).kind).toBe('not seen');
});
