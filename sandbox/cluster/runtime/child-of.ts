import { readFileSync } from 'node:fs';

/**
 * The process that `pid` has forked, as the host numbers it. A tool that enters or makes a pid namespace forks, and
 * the namespaces are those of its child. Source: proc_pid_task_children(5).
 */
export function childOf(pid: number): number {
  const child = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
  if (!(child > 0)) throw new Error(`process ${pid} has no child`);
  return child;
}
