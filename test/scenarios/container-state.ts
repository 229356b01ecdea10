import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Every name below a folder of this machine, with what a write would change: times, mode, owner, content. */
export const folderState = (folder: string): Readonly<Record<string, string>> => {
  const state: Record<string, string> = {};
  const visit = (path: Buffer, name: string): void => {
    const found = lstatSync(path, { bigint: true });
    const content = found.isFile()
      ? createHash('sha256').update(readFileSync(path)).digest('hex')
      : found.isSymbolicLink()
        ? readlinkSync(path)
        : '';
    // Reading moves the access time, which is not a write.
    state[name] =
      `${found.mode} ${found.uid}:${found.gid} ${found.size} ${found.mtimeNs} ${found.ctimeNs} ${content}`;
    if (!found.isDirectory()) return;
    for (const entry of readdirSync(path, { encoding: 'buffer' }))
      visit(Buffer.concat([path, Buffer.from('/'), entry]), `${name}/${entry.toString('latin1')}`);
  };
  visit(Buffer.from(folder), '.');
  return state;
};

const namespaceOf = (pid: string): string | undefined => {
  try {
    return readlinkSync(join('/proc', pid, 'ns/pid'));
  } catch {
    return undefined;
  }
};

/** The processes that share the container's pid namespace, as this machine numbers them. */
export const processesBeside = (pid: number): readonly string[] => {
  const own = namespaceOf(String(pid));
  if (own === undefined) throw new Error(`no process ${pid}`);
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && namespaceOf(name) === own);
};
