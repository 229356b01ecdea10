import { openSync, readdirSync, readFileSync } from 'node:fs';

const O_CLOEXEC = 0o2000000;

/**
 * Standard-stream entries for spawn that put /dev/null over every descriptor we were born with and would pass on.
 * A shell or a test runner may leave some open, and no container may see them.
 */
export function coverInherited<T>(streams: readonly T[]): (T | number | 'ignore')[] {
  const covered: (T | number | 'ignore')[] = [...streams];
  for (const fd of inherited()) {
    if (fd < streams.length) continue;
    while (covered.length < fd) covered.push('ignore');
    covered[fd] = nothing();
  }
  return covered;
}

let known: readonly number[] | undefined;
function inherited(): readonly number[] {
  known ??= readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => fd > 2 && survivesExec(fd));
  return known;
}

function survivesExec(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
  } catch {
    return false;
  }
}

let devNull: number | undefined;
function nothing(): number {
  devNull ??= openSync('/dev/null', 'r+');
  return devNull;
}
