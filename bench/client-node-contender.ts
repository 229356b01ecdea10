import { Writable } from 'node:stream';
import { CoreV1Api, Exec, KubeConfig } from '@kubernetes/client-node';
import { CONTAINER, type Contender, expectEqual, NAMESPACE, POD, streamCommand } from './contender.ts';

/** `@kubernetes/client-node` in a warm process: its import alone takes longer than most requests. */
export const clientNodeContender = (path: string): Contender => {
  const config = new KubeConfig();
  config.loadFromFile(path);
  const api = config.makeApiClient(CoreV1Api);
  const exec = new Exec(config);
  const run = (command: readonly string[]): Promise<number> =>
    new Promise((resolve, reject) => {
      let bytes = 0;
      const stdout = new Writable({
        write: (chunk: Buffer, _encoding, taken) => {
          bytes += chunk.length;
          taken();
        },
      });
      let status: string | undefined;
      // It ends the streams when the Status comes; what it has written is then still in them.
      stdout.once('finish', () =>
        status === 'Success' ? resolve(bytes) : reject(new Error(`status ${status}`)),
      );
      exec
        .exec(NAMESPACE, POD, CONTAINER, command, stdout, null, null, false, (given) => {
          status = given.status;
          stdout.end();
        })
        .catch(reject);
    });
  return {
    name: 'client-node',
    containersOfPod: async () => {
      const pod = await api.readNamespacedPod({ name: POD, namespace: NAMESPACE });
      expectEqual('containers', (pod.spec?.containers.length ?? 0) > 0, true);
    },
    execRoundTrip: async () => expectEqual('bytes', await run(['true']), 0),
    stream: async (bytes) => expectEqual('bytes', await run(streamCommand(bytes)), bytes),
    close: () => undefined,
  };
};
