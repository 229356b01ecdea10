import { tmpdir } from 'node:os';
import { z } from 'zod';
import { kubeconfig } from '../src/clouds/kubeconfig.ts';
import { createClusterClient } from '../src/kubernetes/cluster-client.ts';
import { systemClock } from '../src/runtime/system-clock.ts';
import { CONTAINER, type Contender, expectEqual, NAMESPACE, POD, streamCommand } from './contender.ts';

const podSchema = z.object({ spec: z.object({ containers: z.array(z.object({ name: z.string() })) }) });

/** Firebreak as it runs: one warm process with a kept connection. */
export const firebreakContender = async (path: string): Promise<Contender> => {
  const signal = new AbortController().signal;
  const context = {
    ...({ cluster: 'bench', identity: 'act', home: tmpdir(), baseDir: tmpdir() } as const),
    clock: systemClock,
    environment: {},
  };
  const client = createClusterClient({
    access: await kubeconfig.access.connect({ path }, context, signal),
    cluster: 'bench',
    userAgent: 'firebreak/bench',
    clock: systemClock,
  });
  const run = async (command: readonly string[]): Promise<number> => {
    const session = await client.exec({
      namespace: NAMESPACE,
      pod: POD,
      container: CONTAINER,
      command,
      signal,
    });
    let bytes = 0;
    for await (const chunk of session.stdout) bytes += chunk.byteLength;
    for await (const chunk of session.stderr) throw new Error(Buffer.from(chunk).toString());
    const status = await session.status;
    expectEqual('exit code', status.kind === 'exited' ? status.code : status.kind, 0);
    return bytes;
  };
  return {
    name: 'firebreak',
    containersOfPod: async () => {
      const pods = { group: '', version: 'v1', resource: 'pods', namespace: NAMESPACE, name: POD };
      const pod = podSchema.parse(await client.get(pods, signal));
      expectEqual('containers', pod.spec.containers.length > 0, true);
    },
    execRoundTrip: async () => expectEqual('bytes', await run(['true']), 0),
    stream: async (bytes) => expectEqual('bytes', await run(streamCommand(bytes)), bytes),
    close: () => client.close(),
  };
};
