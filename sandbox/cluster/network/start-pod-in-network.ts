import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pod } from '../api/pod.ts';
import type { Machine } from '../runtime/machine.ts';
import { type PodSandbox, startPodSandbox } from '../runtime/pod-sandbox.ts';
import { ADDRESSES } from './addresses.ts';
import type { PodNetwork } from './pod-network.ts';

/** Whether the pod shares the node's network and has its address. */
export const isOnHostNetwork = ({ spec }: Pick<Pod, 'spec'>): boolean => spec['hostNetwork'] === true;

/** Source: kubernetes.io, "DNS for Services and Pods", the policy ClusterFirst. */
const resolverFile = (namespace: string) =>
  `search ${namespace}.svc.cluster.local svc.cluster.local cluster.local
nameserver ${ADDRESSES.dnsService}
options ndots:5
`;

/** Starts the pod's sandbox, in the pod network where there is one. Without one each pod has a loopback interface only. */
export async function startPodInNetwork(
  machine: Machine,
  network: PodNetwork | undefined,
  pod: Pod,
  ip: string,
): Promise<PodSandbox> {
  const { name, uid } = pod.metadata;
  if (network === undefined) return await startPodSandbox(machine, uid, name, ip);
  if (isOnHostNetwork(pod)) return await startPodSandbox(machine, uid, name, ip, network.nodePid);
  const sandbox = await startPodSandbox(machine, uid, name, ip);
  writeFileSync(join(sandbox.folder, 'etc/resolv.conf'), resolverFile(pod.metadata.namespace));
  const stop = async () => {
    await sandbox.stop();
    await network.detach(uid);
  };
  try {
    await network.attach(pod, ip, sandbox.pid);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...sandbox, stop };
}
