import type { KeyedHash } from '../keyed-hash.ts';
import { type EvidenceText, evidenceText, splitBytes } from './evidence-text.ts';
import type { Link } from './link-line.ts';
import { readStatus } from './status-fields.ts';

/** Order in which the collector reads them; `volatile.sh` holds the same list. */
export const PROCESS_FILES = ['status', 'stat', 'cgroup', 'comm', 'cmdline', 'environ', 'maps'] as const;
export type ProcessFile = (typeof PROCESS_FILES)[number];

export interface Program {
  /** Names that the file still has; 0 when it was deleted. */
  readonly links: number;
  readonly device: number;
  readonly inode: number;
  readonly bytes: number;
  /** Seconds since 1970. */
  readonly modified: number;
  readonly changed: number;
}

const NEWLINE = 0x0a;
/** A hostile process could hold millions, and each costs a keyed hash. */
const ENVIRON_LIMIT = 4096;
/** Arguments, and lines of cgroup: a megabyte of NULs would be a million empty ones. */
const ENTRY_LIMIT = 16_384;
/** A maps line holds address, permissions, offset, device and inode before the name. */
const MAPS_NAME = /^[0-9a-f]+-[0-9a-f]+ (\S{4}) [0-9a-f]+ [0-9a-f]+:[0-9a-f]+ \d+ +(.+)$/;

/**
 * Of one process's files together, and of its links: a process that is larger loses of its own only, never of another's.
 * The links to its program and its folders come first.
 */
const FILES_LIMIT_BYTES = 3.5 * 1024 * 1024;
const LINKS_LIMIT_BYTES = 1024 * 1024;
/** What a kept link costs beside its bytes. */
const LINK_COST_BYTES = 128;

/** What one process was; filled as its parts arrive, written out once. */
export class ProcessRecord {
  readonly pid: number;
  readonly #links = new Map<string, Buffer>();
  program: Program | undefined;
  readonly #files = new Map<ProcessFile, Buffer>();
  readonly #truncated = new Set<string>();
  #fileRoom = FILES_LIMIT_BYTES;
  #linkRoom = LINKS_LIMIT_BYTES;

  constructor(pid: number) {
    this.pid = pid;
  }

  setFile(name: ProcessFile, bytes: Buffer, dropped: number): void {
    const kept = bytes.subarray(0, this.#fileRoom);
    this.#fileRoom -= kept.length;
    this.#files.set(name, kept);
    if (dropped > 0 || kept.length < bytes.length) this.truncate(name);
  }

  /** The kernel has each link once: a second one is somebody's forgery, and the first one stays. */
  addLink({ name, target }: Link): boolean {
    if (this.#links.has(name)) return false;
    this.#linkRoom -= target.length + LINK_COST_BYTES;
    if (this.#linkRoom < 0) {
      this.truncate('fds');
      return true;
    }
    this.#links.set(name, target);
    return true;
  }

  /** Where a link leads; undefined when it could not be read. */
  target(name: string): Buffer | undefined {
    return this.#links.get(name);
  }

  truncate(what: string): void {
    this.#truncated.add(what);
  }

  /** Gone before it was read: the kernel gave nothing. */
  get isGone(): boolean {
    return this.#file('status').length === 0;
  }

  get descriptors(): readonly { readonly fd: number; readonly target: Buffer }[] {
    return [...this.#links]
      .filter(([name]) => /^fd\/\d+$/.test(name))
      .map(([name, target]) => ({ fd: Number(name.slice(3)), target }))
      .sort((one, other) => one.fd - other.fd);
  }

  toJson(keyedHash: KeyedHash, collectorPid: number | undefined): object {
    const status = readStatus(this.#file('status'));
    // A process that changes its title leaves thousands of NULs here.
    const environ = splitBytes(this.#file('environ'), 0).filter((entry) => entry.length > 0);
    if (environ.length > ENVIRON_LIMIT) this.truncate('environ');
    return {
      type: 'process',
      pid: this.pid,
      ...status,
      comm: evidenceText(trimNewline(this.#file('comm'))),
      cmdline: this.#entries('cmdline', 0),
      exe: this.#text('exe'),
      ...(this.program === undefined ? { exeDeleted: null } : this.#programFields(this.program)),
      cwd: this.#text('cwd'),
      root: this.#text('root'),
      startTicks: this.#statNumber(22),
      cgroup: this.#entries('cgroup', NEWLINE),
      namespaces: Object.fromEntries(
        [...this.#links]
          .filter(([name]) => name.startsWith('ns/'))
          .map(([name, target]) => [name.slice(3), evidenceText(target)]),
      ),
      fds: this.descriptors.map(({ fd, target }) => ({ fd, target: evidenceText(target) })),
      maps: mappedNames(this.#file('maps')),
      environ: environ.slice(0, ENVIRON_LIMIT).map((entry) => environEntry(entry, keyedHash)),
      ...(this.#isOf(collectorPid) ? { collector: true } : {}),
      ...(this.#truncated.size === 0 ? {} : { truncated: [...this.#truncated] }),
    };
  }

  #programFields(program: Program): object {
    return {
      exeDeleted: program.links === 0,
      exeFile: program,
    };
  }

  #entries(name: ProcessFile, separator: number): readonly EvidenceText[] {
    const entries = splitBytes(this.#file(name), separator);
    if (entries.length > ENTRY_LIMIT) this.truncate(name);
    return entries.slice(0, ENTRY_LIMIT).map(evidenceText);
  }

  /** The collector's shell, what it started, and what is in its process group: nobody joins that from another session. */
  #isOf(collectorPid: number | undefined): boolean {
    if (collectorPid === undefined) return false;
    return [this.pid, this.#statNumber(4), this.#statNumber(5)].includes(collectorPid);
  }

  #file(name: ProcessFile): Buffer {
    return this.#files.get(name) ?? Buffer.alloc(0);
  }

  #text(name: string): EvidenceText | null {
    const target = this.target(name);
    return target === undefined ? null : evidenceText(target);
  }

  /** A field of stat, counted from 1; the name in brackets, the second, may hold anything. Source: proc_pid_stat(5). */
  #statNumber(field: number): number | null {
    const text = this.#file('stat').toString('latin1');
    const word = text.slice(text.lastIndexOf(')') + 2).split(' ')[field - 3];
    return word !== undefined && /^\d+$/.test(word) ? Number(word) : null;
  }
}

const trimNewline = (bytes: Buffer): Buffer => (bytes.at(-1) === NEWLINE ? bytes.subarray(0, -1) : bytes);

const mappedNames = (maps: Buffer): readonly EvidenceText[] => {
  const names = new Set<string>();
  for (const line of maps.toString('latin1').split('\n')) {
    const name = MAPS_NAME.exec(line)?.[2];
    if (name !== undefined) names.add(name);
  }
  return [...names].map((name) => evidenceText(Buffer.from(name, 'latin1')));
};

const environEntry = (entry: Buffer, keyedHash: KeyedHash): object => {
  const equals = entry.indexOf('=');
  // A process may overwrite its own environment with anything; then all of it may be a secret.
  if (equals < 1) return { name: null, value: keyedHash(entry) };
  return { name: evidenceText(entry.subarray(0, equals)), value: keyedHash(entry.subarray(equals + 1)) };
};
