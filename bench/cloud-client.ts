import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { z } from 'zod';
import { trustAlso } from '../sandbox/internet/trust-also.ts';
import { clouds } from '../src/clouds/index.ts';
import { createClusterClient } from '../src/kubernetes/cluster-client.ts';
import { systemClock } from '../src/runtime/system-clock.ts';
import { expectEqual, NAMESPACE, POD } from './contender.ts';
import type { BenchCloud } from './start-cloud.ts';

const podSchema = z.object({ spec: z.object({ containers: z.array(z.object({ name: z.string() })) }) });

export interface CloudClient {
  readonly containersOfPod: () => Promise<void>;
  readonly close: () => void;
}

/** Firebreak's way to the cluster by its cloud. No SDK is loaded, and nothing is dialled, before it is called. */
export const connectCloud = async ({ keys, variables }: BenchCloud): Promise<CloudClient> => {
  const { provider, ...options } = keys;
  const cloud = clouds.find((one) => one.provider === provider);
  if (cloud === undefined) throw new Error(`there is no provider ${provider}`);
  // An SDK may read its endpoints from the process; Node reads the CA only when it starts.
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  const { NODE_EXTRA_CA_CERTS: more } = variables;
  if (more !== undefined) trustAlso(await readFile(more, 'utf8'));
  const { signal } = new AbortController();
  const access = await cloud.access.connect(
    cloud.access.readOptions(options),
    {
      ...{ cluster: 'bench', identity: 'act', home: tmpdir(), baseDir: tmpdir() },
      clock: systemClock,
      environment: variables,
    },
    signal,
  );
  const client = createClusterClient({
    ...{ access, cluster: 'bench', userAgent: 'firebreak/bench', clock: systemClock },
    proxyEnvironment: variables,
  });
  return {
    containersOfPod: async () => {
      const path = { group: '', version: 'v1', resource: 'pods', namespace: NAMESPACE, name: POD };
      const pod = podSchema.parse(await client.get(path, signal));
      expectEqual('containers', pod.spec.containers.length > 0, true);
    },
    close: () => {
      client.close();
      for (const [name, value] of before)
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
    },
  };
};
