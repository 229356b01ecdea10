import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

const NEEDED = [
  'setpriv',
  'unshare',
  'nsenter',
  'setsid',
  'mount',
  'umount',
  'pivot_root',
  'mkfifo',
  'sh',
  'sleep',
] as const;
const OPTIONAL = ['busybox', 'script'] as const;
const SEARCHED = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'] as const;

export type HostTools = Readonly<Record<(typeof NEEDED)[number], string>> &
  Readonly<Partial<Record<(typeof OPTIONAL)[number], string>>>;

/** The absolute path of a program of the host, looked up in the usual folders and not in PATH. */
export function findHostTool(name: string): string | undefined {
  return SEARCHED.map((folder) => join(folder, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The programs that make and enter namespaces, or a sentence that names what is missing. */
export function findHostTools(): HostTools | string {
  const must = (name: string) => {
    const path = findHostTool(name);
    if (path === undefined) throw new Error(name);
    return path;
  };
  try {
    const tools: HostTools = {
      setpriv: must('setpriv'),
      unshare: must('unshare'),
      nsenter: must('nsenter'),
      setsid: must('setsid'),
      mount: must('mount'),
      umount: must('umount'),
      pivot_root: must('pivot_root'),
      mkfifo: must('mkfifo'),
      sh: must('sh'),
      sleep: must('sleep'),
    };
    const busybox = findHostTool('busybox');
    const script = findHostTool('script');
    return { ...tools, ...(busybox ? { busybox } : {}), ...(script ? { script } : {}) };
  } catch (error) {
    return `this machine has no ${error instanceof Error ? error.message : 'program for namespaces'}`;
  }
}
