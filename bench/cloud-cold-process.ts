import { connectCloud } from './cloud-client.ts';
import type { BenchCloud } from './start-cloud.ts';

/** A Firebreak that has not used any cluster yet. Told which, it finds the containers of a pod and says how long that took. */
process.once('message', (cloud: BenchCloud) => {
  const start = performance.now();
  void connectCloud(cloud)
    .then(async (client) => {
      await client.containersOfPod();
      process.send?.({ ms: performance.now() - start });
      client.close();
    })
    .finally(() => process.disconnect());
});
process.send?.('ready');
