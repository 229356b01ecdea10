import type { Pod } from '../api/pod.ts';
import { ended, newRecord } from './container-record.ts';
import { containerOf, hostProcesses, type PodRecord } from './pod-record.ts';
import { heldBack, type NodeRuntime, runContainer } from './run-container.ts';

/**
 * Starts the ephemeral containers of a pod that have not been started yet: in the pod's network, host name and IPC, and
 * with the processes of the container that each names as its target. None is ever started again.
 * Source: pkg/kubelet/kuberuntime/kuberuntime_manager.go; CRI, NamespaceMode TARGET.
 */
export async function startEphemeral(
  runtime: NodeRuntime,
  record: PodRecord,
  pod: Pod,
  publish: () => void,
): Promise<void> {
  for (const wanted of pod.spec.ephemeralContainers ?? []) {
    if (record.ephemeral.has(wanted.name)) continue;
    const container = newRecord(wanted.name);
    record.ephemeral.set(wanted.name, container);
    const held = heldBack(runtime.images, pod, wanted);
    try {
      if (held !== undefined) container.state = { kind: 'waiting', ...held };
      else {
        const named = wanted.targetContainerName ?? '';
        const target = containerOf(record, named)?.container;
        if (named !== '' && target === undefined && record.sandbox !== undefined)
          throw new Error(`the target container ${named} is not running`);
        const seesProcessesOf = target?.pid ?? hostProcesses(runtime.machine, record);
        await runContainer(runtime, {
          ...{ pod: record, container, wanted, seesProcessesOf },
          ended: ({ exitCode, signal }) => {
            container.state = { kind: 'terminated', end: ended(container, exitCode, signal) };
            publish();
          },
        });
      }
    } catch (error) {
      container.state = { kind: 'waiting', reason: 'CreateContainerError', message: String(error) };
    }
    publish();
  }
}
