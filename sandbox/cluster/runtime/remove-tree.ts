import { chmodSync, lstatSync, readdirSync, rmSync } from 'node:fs';

/**
 * Removes a folder, also one with folders that their owner may not enter: overlay makes its work folder so, and a
 * container may make others. Root needs none of this.
 */
export function removeTree(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    open(Buffer.from(folder));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Paths are bytes: a container's names need not be UTF-8. */
function open(folder: Buffer): void {
  chmodSync(folder, 0o700);
  for (const name of readdirSync(folder, { encoding: 'buffer' })) {
    const path = Buffer.concat([folder, Buffer.from('/'), name]);
    if (lstatSync(path).isDirectory()) open(path);
  }
}
