import { readFile, stat } from 'node:fs/promises';
import { fileStamp } from '../access/file-stamp.ts';
import { unreadableReason } from '../access/unreadable-reason.ts';
import { kubeconfigProblem } from './kubeconfig-problem.ts';

/** How files are read: an interface of its own so that reads can be counted. */
export interface KubeconfigFiles {
  /** The text of a file. */
  read(path: string): Promise<string>;
  /** Differs when the file was written or replaced since. */
  stamp(path: string): Promise<string>;
}

/** A kubeconfig of a thousand clusters is smaller. */
const LARGEST_FILE_BYTES = 4 * 1024 * 1024;

export const kubeconfigFiles: KubeconfigFiles = {
  read: async (path) => {
    const size = await stat(path).then(
      (found) => found.size,
      (error: unknown) => {
        throw unreadable(path, unreadableReason(error));
      },
    );
    if (size > LARGEST_FILE_BYTES) throw unreadable(path, `is larger than ${LARGEST_FILE_BYTES} bytes`);
    return await readFile(path, 'utf8').catch((error: unknown) => {
      throw unreadable(path, unreadableReason(error));
    });
  },
  stamp: fileStamp,
};

const unreadable = (path: string, why: string): Error =>
  kubeconfigProblem(
    'config-invalid',
    `The file ${path} ${why}.`,
    "Check the cluster's path in firebreak.yml, the paths inside the kubeconfig, and the permissions of the file.",
  );
