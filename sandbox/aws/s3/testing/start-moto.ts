import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** moto's server, which ends with the scope. */
export async function startMoto(): Promise<AsyncDisposable & { readonly endpoint: URL }> {
  const port = await freePort();
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // So that small parts are too small here and there alike.
    env: { ...process.env, S3_UPLOAD_PART_MIN_SIZE: '100' },
  });
  const said: string[] = [];
  const listening = new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.push(text);
      if (text.includes('Running on')) resolve();
    });
    child.once('exit', () => reject(new Error(`moto_server ended: ${said.join('')}`)));
  });
  await listening;
  return {
    endpoint: new URL(`http://127.0.0.1:${port}`),
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
