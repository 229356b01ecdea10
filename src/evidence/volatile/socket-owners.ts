import type { ProcessRecord } from './process-record.ts';

/** Descriptors that are remembered; a process can open a million of them. */
const OWNER_LIMIT = 100_000;

/** Owners that a socket names: a forged table could name each of them in each of its rows. */
const NAMED_OWNERS = 64;

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
    const network = record.target('ns/net')?.toString('latin1') ?? '';
    if (/^net:\[\d{1,20}\]$/.test(network) && this.#networks.size < OWNER_LIMIT) {
      this.#networks.set(record.pid, network);
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

  /** Who holds the socket, and how many more than those that are named. */
  ownersOf(inode: number): { readonly owners: readonly SocketOwner[]; readonly moreOwners?: number } {
    const owners = this.#byInode.get(inode) ?? [];
    if (owners.length <= NAMED_OWNERS) return { owners };
    return { owners: owners.slice(0, NAMED_OWNERS), moreOwners: owners.length - NAMED_OWNERS };
  }

  /** `net:[4026531840]`, or null when the container does not show it. */
  networkOf(pid: number): string | null {
    return this.#networks.get(pid) ?? null;
  }
}
