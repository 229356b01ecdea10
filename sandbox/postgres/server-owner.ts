import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isAlive, startTime } from './running-process.ts';

const schema = z.object({ pid: z.number().int().positive(), startTime: z.string() });

/** Records that this process started the server, or took over one that a killed process had left behind. */
export async function recordOwner(home: string): Promise<void> {
  const owner = { pid: process.pid, startTime: startTime(process.pid) };
  await writeFile(join(home, 'owner.json'), JSON.stringify(owner), { mode: 0o600 });
}

/** Whether another process that is still alive owns the server. Whoever finds its server uses it and leaves it running. */
export async function hasOtherOwner(home: string): Promise<boolean> {
  const text = await readFile(join(home, 'owner.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  const owner = schema.parse(JSON.parse(text));
  return owner.pid !== process.pid && isAlive(owner.pid) && startTime(owner.pid) === owner.startTime;
}
