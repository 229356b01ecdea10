import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { WantedSocket } from './wanted-socket.ts';

// Runs in the namespace, opens what its argument names, hands each socket to its parent, and ends.
const wanted: readonly WantedSocket[] = JSON.parse(process.argv[2] ?? '[]');
for (const { protocol, address, port } of wanted) {
  const handle =
    protocol === 'udp' ? createSocket('udp4').bind(port, address) : createServer().listen(port, address);
  await once(handle, 'listening');
  await new Promise<void>((resolve) => {
    process.send?.(`${protocol} ${address}:${port}`, handle, undefined, () => resolve());
  });
}
process.disconnect();
process.exit(0);
