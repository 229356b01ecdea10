import { startCluster } from '../sandbox/cluster/start-cluster.ts';

/** The cluster, in a process of its own, so that it does not take the clients' time. Ends with its parent. */
const cluster = await startCluster();
const stop = (): void => {
  void cluster.close().then(() => process.exit());
};
process.once('disconnect', stop);
process.once('SIGTERM', stop);
process.send?.({
  url: cluster.url,
  caPem: cluster.caPem,
  token: cluster.token('responder'),
  kubeconfig: cluster.kubeconfig('responder'),
  withoutProcesses: cluster.containersReason,
});
