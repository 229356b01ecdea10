import { connectEks } from './eks-client.ts';
import type { BenchEks } from './stand-in.ts';

/** A Firebreak that has not used any cluster yet. Told which, it finds the containers of a pod and says how long that took. */
process.once('message', (eks: BenchEks) => {
  const start = performance.now();
  void connectEks(eks)
    .then(async (client) => {
      await client.containersOfPod();
      process.send?.({ ms: performance.now() - start });
      client.close();
    })
    .finally(() => process.disconnect());
});
process.send?.('ready');
