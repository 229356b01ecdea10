import type { Pod } from '../api/pod.ts';
import { ContainerLog } from '../runtime/container-log.ts';
import { type ContainerRecord, type Ended, ended, newContainerId, type Waiting } from './container-record.ts';

/** Leaves a container that does not run waiting, with what it left behind when it ran before. */
export function holdBack(container: ContainerRecord, { reason, message, exitCode, log }: Waiting): void {
  if (exitCode !== undefined && container.last === undefined) {
    container.id = newContainerId();
    container.restartCount += 1;
    container.last = ended(container, exitCode, 0);
  }
  if (log !== undefined) {
    container.previousLog = log === 'lost' ? undefined : new ContainerLog();
    if (log !== 'lost') for (const line of log) container.previousLog?.append(line);
  }
  container.state = { kind: 'waiting', reason, message };
}

/** Shows a container that has ended as one that crashes again and again. */
export function backOff({ metadata }: Pod, container: ContainerRecord, end: Ended): void {
  const { namespace, name, uid } = metadata;
  container.last = end;
  container.previousLog = container.log;
  container.restartCount += 1;
  const message = `back-off 10s restarting failed container=${container.name} pod=${name}_${namespace}(${uid})`;
  container.state = { kind: 'waiting', reason: 'CrashLoopBackOff', message };
}
