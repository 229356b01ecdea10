import { readFile } from 'node:fs/promises';
import { fileStamp } from '../access/file-stamp.ts';

/**
 * The service account that the kubelet mounts into a pod, in a folder with `token`, `ca.crt` and `namespace`. An
 * interface of its own so that reads can be counted.
 */
export interface MountedAccount {
  readonly folder: string;
  /** The text of a file. Rejects with Node's error. */
  read(path: string): Promise<string>;
  stamp(path: string): Promise<string>;
}

/** Source: Kubernetes documentation, "Configure Service Accounts for Pods". */
const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

export const mountedAccount: MountedAccount = {
  folder: FOLDER,
  read: (path) => readFile(path, 'utf8'),
  stamp: fileStamp,
};
