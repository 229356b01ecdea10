import { tmpdir } from 'node:os';
import { z } from 'zod';
import { createEksCloud } from '../src/clouds/eks.ts';
import { createClusterClient } from '../src/kubernetes/cluster-client.ts';
import { systemClock } from '../src/runtime/system-clock.ts';
import { expectEqual, NAMESPACE, POD } from './contender.ts';
import type { BenchEks } from './stand-in.ts';

const podSchema = z.object({ spec: z.object({ containers: z.array(z.object({ name: z.string() })) }) });

export interface EksClient {
  readonly containersOfPod: () => Promise<void>;
  readonly close: () => void;
}

/** Firebreak's way to the cluster as EKS has it. Nothing is loaded or dialled before it is called. */
export const connectEks = async ({ name, region, keys, endpoints }: BenchEks): Promise<EksClient> => {
  const environment = { ...keys, ...endpoints };
  // The SDK itself reads them from the process.
  Object.assign(process.env, environment);
  const { signal } = new AbortController();
  const access = await createEksCloud().access.connect(
    { name, region },
    {
      ...{ cluster: 'bench', identity: 'act', home: tmpdir(), baseDir: tmpdir() },
      clock: systemClock,
      environment,
    },
    signal,
  );
  const client = createClusterClient({
    ...{ access, cluster: 'bench', userAgent: 'firebreak/bench', clock: systemClock },
  });
  return {
    containersOfPod: async () => {
      const path = { group: '', version: 'v1', resource: 'pods', namespace: NAMESPACE, name: POD };
      const pod = podSchema.parse(await client.get(path, signal));
      expectEqual('containers', pod.spec.containers.length > 0, true);
    },
    close: () => client.close(),
  };
};
