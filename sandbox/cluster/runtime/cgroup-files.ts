import type { ContainerSpec } from './container-spec.ts';

const NO_LIMIT = 'max\n';

/**
 * The files of a cgroup v2 leaf that a program inside a container reads to learn its limits, in bytes.
 * Source: kernel.org, Documentation/admin-guide/cgroup-v2.rst.
 */
export function cgroupFiles(memory: ContainerSpec['memory']): Readonly<Record<string, string>> {
  const { limitBytes, usedBytes } = memory;
  return {
    'cgroup.controllers': 'cpuset cpu io memory pids\n',
    'memory.max': limitBytes === undefined ? NO_LIMIT : `${limitBytes}\n`,
    'memory.high': NO_LIMIT,
    'memory.current': `${usedBytes}\n`,
    'memory.swap.max': '0\n',
    'memory.events': 'low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n',
    'memory.stat': `anon ${usedBytes}\nfile 0\ninactive_file 0\n`,
    'cpu.max': 'max 100000\n',
    'pids.max': NO_LIMIT,
    'pids.current': '2\n',
  };
}
