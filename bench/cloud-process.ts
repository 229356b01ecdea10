import { z } from 'zod';
import { startCluster } from '../sandbox/cluster/start-cluster.ts';
import type { PlayedCloud } from '../sandbox/incident/played-cloud.ts';

/** A cluster and the cloud that leads to it, in a process of their own, so that they do not take the clients' time. Ends with its parent. */
const [module, folder] = z.tuple([z.string(), z.string()]).parse(process.argv.slice(2));
const { play } = (await import(module)) as { readonly play: (folder: string) => Promise<PlayedCloud> };
const cloud = await play(folder);
const cluster = await startCluster({ authenticateToken: cloud.authenticateToken, containers: 'no shell' });
cloud.describe(cluster);
const stop = (): void => {
  void Promise.all([cluster.close(), cloud[Symbol.asyncDispose]()]).then(() => process.exit());
};
process.once('disconnect', stop);
process.once('SIGTERM', stop);
process.send?.({
  url: cluster.url,
  caPem: cluster.caPem,
  keys: cloud.cluster,
  variables: cloud.variables,
});
