import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { commandLine, isAlive } from './running-process.ts';
import type { ServerPlace } from './server-place.ts';

/** A server of ours that runs, as its `postmaster.pid` says. */
export type RunningServer = {
  readonly pid: number;
  readonly port: number;
  readonly state: 'ready' | 'not ready';
};

/**
 * Finds the server that runs on this data folder, however it was left behind.
 *
 * The lines of `postmaster.pid` are in PostgreSQL's `src/include/utils/pidfile.h`: process id, data folder, start time, port, socket
 * folder, address, shared memory, status. A process id alone proves nothing, it may have been given to another process since: the
 * command line has to name our binary and our data folder.
 */
export async function runningServer(place: ServerPlace): Promise<RunningServer | undefined> {
  const file = join(place.data, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  if (isOurs(pid, place)) {
    return { pid, port: Number(lines[3]), state: lines[7]?.trim() === 'ready' ? 'ready' : 'not ready' };
  }
  // PostgreSQL refuses to start while that id is alive, whoever has it now. When it is not alive, PostgreSQL clears the file itself.
  if (isAlive(pid)) await rm(file, { force: true });
  return undefined;
}

/** Whether this process id is a server of ours on this data folder. */
export function isOurs(pid: number, place: ServerPlace): boolean {
  const command = commandLine(pid);
  return command.includes(join(place.binaries, 'bin', 'postgres')) && command.includes(place.data);
}
