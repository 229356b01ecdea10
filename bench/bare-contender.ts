import { once } from 'node:events';
import { Agent, get } from 'node:https';
import WebSocket from 'ws';
import { CONTAINER, type Contender, expectEqual, NAMESPACE, POD, streamCommand } from './contender.ts';

export interface BareTarget {
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
}

/** The floor: one GET on a kept connection, one `ws` socket that counts bytes and checks nothing. */
export const bareContender = ({ url, caPem, token }: BareTarget): Contender => {
  const agent = new Agent({ keepAlive: true, ca: caPem });
  const headers = { authorization: `Bearer ${token}` };
  const pod = `${url}/api/v1/namespaces/${NAMESPACE}/pods/${POD}`;
  const run = async (command: readonly string[]): Promise<number> => {
    const query = new URLSearchParams({ container: CONTAINER, stdout: 'true', stderr: 'true' });
    for (const part of command) query.append('command', part);
    const socket = new WebSocket(`${pod}/exec?${query.toString()}`, ['v5.channel.k8s.io'], {
      agent,
      headers,
      perMessageDeflate: false,
    });
    let bytes = 0;
    socket.on('message', (data: Buffer) => {
      if (data[0] === 1) bytes += data.length - 1;
    });
    await once(socket, 'close');
    return bytes;
  };
  return {
    name: 'bare',
    containersOfPod: () =>
      new Promise((resolve, reject) => {
        get(`${pod}`, { agent, headers }, (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () => {
            JSON.parse(Buffer.concat(chunks).toString());
            resolve();
          });
        }).on('error', reject);
      }),
    execRoundTrip: async () => expectEqual('bytes', await run(['true']), 0),
    stream: async (bytes) => expectEqual('bytes', await run(streamCommand(bytes)), bytes),
    close: () => agent.destroy(),
  };
};
