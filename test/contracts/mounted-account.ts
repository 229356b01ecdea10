import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mountedAccount } from '../../src/clouds/in-cluster/mounted-account.ts';

/** What the kubelet writes into the folder. */
export interface MountedFiles {
  readonly token?: string;
  readonly 'ca.crt'?: string;
  readonly namespace?: string;
}

/**
 * A folder as the kubelet keeps a projected volume: each name is a link through `..data` to a folder of its own, and a
 * new link takes the place of the old one in one step. Source: Kubernetes, pkg/volume/util/atomic_writer.go.
 */
export const createMount = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-mount-'));
  let version = 0;
  let reads = 0;
  const write = async (files: MountedFiles): Promise<void> => {
    version += 1;
    const data = `..2026_01_01.${version}`;
    await mkdir(join(folder, data));
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, data, name), text);
    await symlink(data, join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    for (const name of ['token', 'ca.crt', 'namespace'])
      await symlink(join('..data', name), join(folder, name)).catch(() => undefined);
  };
  return {
    folder,
    write,
    /** How often the token was read. */
    tokenReads: () => reads,
    account: {
      ...mountedAccount,
      folder,
      read: (path: string) => {
        if (path === join(folder, 'token')) reads += 1;
        return mountedAccount.read(path);
      },
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
};
