import type { KeyedHash } from '../keyed-hash.ts';
import type { Link } from './link-line.ts';
import { PROCESS_FILES, ProcessRecord } from './process-record.ts';
import type { SocketOwners } from './socket-owners.ts';

/** As many as `volatile.sh` reads at a time; a section that names more is a forgery. */
const BATCH_PROCESSES = 16;

/** The processes that are being read: the collector sends sixteen at a time, their files first, then their links. */
export class ProcessTable {
  /** The collector's own shell, whose record says so. */
  collectorPid: number | undefined;
  readonly #keyedHash: KeyedHash;
  readonly #owners: SocketOwners;
  #records: ReadonlyMap<number, ProcessRecord> = new Map();
  #gone = 0;

  constructor(keyedHash: KeyedHash, owners: SocketOwners) {
    this.#keyedHash = keyedHash;
    this.#owners = owners;
  }

  /** Processes that ended before they were read. */
  get gone(): number {
    return this.#gone;
  }

  begin(pids: readonly number[]): void {
    this.#records = new Map(pids.slice(0, BATCH_PROCESSES).map((pid) => [pid, new ProcessRecord(pid)]));
  }

  /** `index` counts the files of all of them: all of the first process, then all of the next. */
  addFile(index: number, content: Buffer, dropped: number): void {
    const record = [...this.#records.values()][Math.floor(index / PROCESS_FILES.length)];
    const file = PROCESS_FILES[index % PROCESS_FILES.length];
    if (file !== undefined) record?.setFile(file, content, dropped);
  }

  addLink(link: Link): boolean {
    return this.#records.get(link.pid)?.addLink(link) ?? false;
  }

  /** `%h %d %i %s %Y %Z %n` of stat, through `/proc/<pid>/exe`. */
  addProgram(words: readonly string[]): boolean {
    const pid = /^\/proc\/(\d+)\/exe\n*$/.exec(words[6] ?? '')?.[1];
    const [links, device, inode, bytes, modified, changed] = words.slice(0, 6).map(Number);
    const record = pid === undefined ? undefined : this.#records.get(Number(pid));
    if (record === undefined || links === undefined || device === undefined || inode === undefined)
      return false;
    if (bytes === undefined || modified === undefined || changed === undefined) return false;
    record.program = { links, device, inode, bytes, modified, changed };
    return true;
  }

  truncate(pid: number, what: string): void {
    this.#records.get(pid)?.truncate(what);
  }

  /** The records that are complete now, as JSON values, one at a time. */
  *take(): Generator<object, void, undefined> {
    const records = [...this.#records.values()];
    this.#records = new Map();
    const kept = records.filter((record) => !record.isGone);
    this.#gone += records.length - kept.length;
    for (const record of kept) this.#owners.add(record);
    for (const record of kept) yield record.toJson(this.#keyedHash, this.collectorPid);
  }
}
