import { bareContender } from './bare-contender.ts';
import type { Benchmark } from './benchmark.ts';
import { clientNodeContender } from './client-node-contender.ts';
import type { Contender } from './contender.ts';
import { firebreakContender } from './firebreak-contender.ts';
import { kubectlContender } from './kubectl-contender.ts';
import { measure, table } from './measure.ts';
import { startStandIn } from './stand-in.ts';

const STREAM_BYTES = 200 * 1024 * 1024;
const ROUNDS = { containersOfPod: 15, execRoundTrip: 15, stream: 5 } as const;

/** Firebreak beside kubectl, a Kubernetes SDK and the bare floor, against one stand-in cluster. */
export const clusterBenchmarks: Benchmark = async (print) => {
  const standIn = await startStandIn();
  const contenders: Contender[] = [];
  try {
    contenders.push(await firebreakContender(standIn.kubeconfigPath));
    const kubectl = await kubectlContender(standIn.kubeconfigPath);
    if (kubectl === undefined) print('kubectl is not installed here, so it is left out.');
    else contenders.push(kubectl);
    contenders.push(clientNodeContender(standIn.kubeconfigPath), bareContender(standIn.target));

    const containers = await measure(contenders, ROUNDS.containersOfPod, (one) => one.containersOfPod());
    print(table('The containers of a pod', ROUNDS.containersOfPod, containers));
    if (standIn.withoutProcesses !== '') {
      print(`The exec benchmarks are left out: ${standIn.withoutProcesses}.`);
      return;
    }
    const roundTrip = await measure(contenders, ROUNDS.execRoundTrip, (one) => one.execRoundTrip());
    print(table('An exec round trip', ROUNDS.execRoundTrip, roundTrip));
    const stream = await measure(contenders, ROUNDS.stream, (one) => one.stream(STREAM_BYTES));
    print(table('A 200 MiB exec stream', ROUNDS.stream, stream));
  } finally {
    for (const contender of contenders) contender.close();
    await standIn.close();
  }
};
