import type { ProcessRecord } from './process-record.ts';

/** Descriptors that are remembered; a process can open a million of them. */
const OWNER_LIMIT = 100_000;

export interface SocketOwner {
  readonly pid: number;
  readonly fd: number;
}

/** Joins sockets to the descriptors that hold them, by inode. */
export class SocketOwners {
  readonly #byInode = new Map<number, SocketOwner[]>();
  readonly #networks = new Map<number, string>();
  #count = 0;

  add(record: ProcessRecord): void {
    const network = record.target('ns/net');
    if (network !== undefined && this.#networks.size < OWNER_LIMIT) {
      this.#networks.set(record.pid, network.toString('latin1'));
    }
    for (const { fd, target } of record.descriptors) {
      const inode = /^socket:\[(\d+)\]$/.exec(target.toString('latin1'))?.[1];
      if (inode === undefined || this.#count >= OWNER_LIMIT) continue;
      this.#count += 1;
      const owners = this.#byInode.get(Number(inode)) ?? [];
      owners.push({ pid: record.pid, fd });
      this.#byInode.set(Number(inode), owners);
    }
  }

  ownersOf(inode: number): readonly SocketOwner[] {
    return this.#byInode.get(inode) ?? [];
  }

  /** `net:[4026531840]`, or null when the container does not show it. */
  networkOf(pid: number): string | null {
    return this.#networks.get(pid) ?? null;
  }
}
