import { expect, it } from 'vitest';
import { readSocketTable } from './socket-table.ts';

it('reads addresses in the kernel’s byte order', () => {
  const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 0771C9CB:115C 01 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0000 100 0 0 10 0
   1: forged line
`;
  const { rows, unread } = readSocketTable('tcp', Buffer.from(tcp));
  expect(rows).toEqual([
    {
      protocol: 'tcp',
      state: 'ESTABLISHED',
      local: { address: '127.0.0.1', port: 8080 },
      remote: { address: '203.201.113.7', port: 4444 },
      uid: 1000,
      inode: 4242,
    },
  ]);
  expect(unread).toBe(1);
});

it('reads IPv6 by words', () => {
  const line =
    '   0: B80D01200000000000000000010000FF:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 7 1\n';
  expect(readSocketTable('tcp6', Buffer.from(`heading\n${line}`)).rows[0]).toMatchObject({
    state: 'LISTEN',
    local: { address: '2001:db8:0:0:0:0:ff00:1', port: 80 },
  });
});

it('reads the names of unix sockets, abstract ones and any bytes', () => {
  const rows = `heading
0000000000000000: 00000002 00000000 00010000 0001 01 11 /run/a b.sock
0000000000000000: 00000003 00000000 00000000 0001 03 12
0000000000000000: 00000003 00000000 00000000 0001 03 13 @abs\xff
`;
  expect(readSocketTable('unix', Buffer.from(rows, 'latin1')).rows).toEqual([
    { protocol: 'unix', state: 'LISTEN', inode: 11, path: '/run/a b.sock' },
    { protocol: 'unix', state: 'CONNECTED', inode: 12 },
    { protocol: 'unix', state: 'CONNECTED', inode: 13, path: { base64: 'QGFic/8=' } },
  ]);
});
