import type { KeyedHash } from '../keyed-hash.ts';
import { evidenceText } from './evidence-text.ts';
import { type LinkQuoting, readLink } from './link-line.ts';
import { MarkedSections, type Section } from './marked-sections.ts';
import { ProcessTable } from './process-table.ts';
import { readSecret, type Secret } from './secret-line.ts';
import { SocketOwners } from './socket-owners.ts';
import { type Protocol, readSocketTable } from './socket-table.ts';

/** One file or one section; what is longer is cut and said to be. */
const PIECE_LIMIT_BYTES = 1024 * 1024;

const SOCKET_FILES: readonly Protocol[] = ['tcp', 'tcp6', 'udp', 'udp6', 'unix'];
/** Order in which the collector reads them; `volatile.sh` holds the same list. */
const NETWORK_FILES = [...SOCKET_FILES, 'route', 'ipv6_route', 'arp'] as const;

/** Sections that belong to the processes, or to the secret, before them. */
const KEEPS_OPEN: ReadonlySet<string> = new Set(['link', 'program', 'more-descriptors', 'secret-hash']);

export interface VolatileReaderOptions {
  /** The mark that this run of the collector was given. */
  readonly mark: string;
  readonly keyedHash: KeyedHash;
}

/**
 * Turns the collector's stream into JSON lines. Memory holds one piece, at most sixteen processes of 4.5 MiB each,
 * and the owners of sockets. What has another shape than the collector gives is counted, not trusted.
 */
export class VolatileReader {
  readonly #keyedHash: KeyedHash;
  readonly #sections: MarkedSections;
  readonly #owners = new SocketOwners();
  readonly #processes: ProcessTable;
  readonly #handlers: Readonly<Record<string, (section: Section) => void>>;
  #lines: string[] = [];
  #section: readonly string[] = [];
  #fileIndex = 0;
  #secret: Secret | undefined;
  #quoting: LinkQuoting = 'none';
  #seen: { readonly end: boolean; readonly mark: boolean; readonly stat: boolean } = {
    end: false,
    mark: false,
    stat: true,
  };
  #unread = 0;

  constructor({ mark, keyedHash }: VolatileReaderOptions) {
    this.#keyedHash = keyedHash;
    this.#processes = new ProcessTable(keyedHash, this.#owners);
    this.#sections = new MarkedSections(mark, PIECE_LIMIT_BYTES, {
      section: (section) => this.#begin(section),
      file: (content, dropped) => this.#file(content, dropped),
      unread: () => this.#skip(),
    });
    this.#handlers = this.#handlerTable();
  }

  /** Takes a piece of the stream; gives the lines that are ready. */
  add(chunk: Uint8Array): Buffer {
    this.#sections.add(chunk);
    return this.#ready();
  }

  /** The stream is over; gives the last lines. */
  end(): Buffer {
    this.#sections.end();
    this.#flush();
    return this.#ready();
  }

  /** Why the lines are not the whole of what was asked for. */
  get problems(): readonly string[] {
    const { end, mark, stat } = this.#seen;
    return [
      ...(end ? [] : ["The collector's last section is missing."]),
      ...(mark ? [] : ['The container does not show /proc/self/environ, so no process could be read.']),
      ...(stat ? [] : ['The container has no stat, so where links of processes lead could not be read.']),
    ];
  }

  get remarks(): readonly string[] {
    const { gone } = this.#processes;
    return [
      ...(gone > 0 ? [`${gone} processes ended while they were read.`] : []),
      ...(this.#unread > 0 ? [`${this.#unread} lines had a shape that is not known and were dropped.`] : []),
    ];
  }

  #handlerTable(): Readonly<Record<string, (section: Section) => void>> {
    return {
      begin: ({ head }) => {
        this.#processes.collectorPid = Number(head[2]);
        this.#write({ type: 'collector', version: Number(head[1]), pid: Number(head[2]) });
      },
      marked: () => undefined,
      date: ({ body }) => this.#write({ type: 'time', utc: evidenceText(trimmed(body)) }),
      uname: ({ body }) => this.#write({ type: 'uname', text: evidenceText(trimmed(body)) }),
      quoting: ({ head }) => {
        this.#quoting = head[1] === 'c' ? 'c' : 'none';
      },
      lacking: () => {
        this.#seen = { ...this.#seen, stat: false };
      },
      file: ({ head, body, dropped }) =>
        this.#write({ type: 'file', path: head[1] ?? '', text: evidenceText(body), ...cut(dropped) }),
      processes: ({ head, body, dropped }) => {
        this.#processes.begin(head.slice(1).map(Number));
        this.#file(body, dropped);
      },
      network: ({ body, dropped }) => this.#file(body, dropped),
      link: ({ rest }) => {
        const link = readLink(rest, this.#quoting);
        if (link === 'unreadable') return;
        if (link === undefined || !this.#processes.addLink(link)) this.#skip();
      },
      program: ({ head }) => {
        if (!this.#processes.addProgram(head.slice(1))) this.#skip();
      },
      'more-descriptors': ({ head }) => this.#processes.truncate(Number(head[1]), 'fds'),
      'secret-mount': ({ rest }) =>
        this.#write({ type: 'secret-mount', path: evidenceText(Buffer.from(rest.trimEnd(), 'latin1')) }),
      secret: ({ rest }) => {
        this.#secret = readSecret(rest);
        if (this.#secret === undefined) this.#skip();
      },
      'secret-hash': ({ body }) => this.#secretHash(body),
      end: () => {
        this.#seen = { ...this.#seen, end: true };
        this.#write({ type: 'end' });
      },
    };
  }

  #begin(section: Section): void {
    const name = section.head[0] ?? '';
    if (!KEEPS_OPEN.has(name)) this.#flush();
    this.#section = section.head;
    this.#fileIndex = 0;
    const handle = Object.hasOwn(this.#handlers, name) ? this.#handlers[name] : undefined;
    if (handle === undefined) this.#skip();
    else handle(section);
  }

  /** The next of the files that were read together. */
  #file(content: Buffer, dropped: number): void {
    const [name, pid] = this.#section;
    const index = this.#fileIndex;
    this.#fileIndex += 1;
    if (name === 'marked') this.#seen = { ...this.#seen, mark: true };
    else if (name === 'processes') this.#processes.addFile(index, content, dropped);
    else if (name === 'network') this.#networkFile(Number(pid), index, content, dropped);
  }

  #networkFile(pid: number, index: number, content: Buffer, dropped: number): void {
    const file = NETWORK_FILES[index];
    if (file === undefined) return;
    const network = this.#owners.networkOf(pid);
    const path = `/proc/${pid}/net/${file}`;
    const protocol = SOCKET_FILES.find((candidate) => candidate === file);
    if (protocol === undefined) {
      this.#write({ type: 'file', path, network, text: evidenceText(content), ...cut(dropped) });
      return;
    }
    const { rows, unread } = readSocketTable(protocol, content);
    this.#unread += unread;
    for (const row of rows) {
      this.#write({ type: 'socket', network, ...row, ...this.#owners.ownersOf(row.inode) });
    }
    if (dropped > 0) this.#write({ type: 'file', path, network, text: '', ...cut(dropped) });
  }

  #secretHash(body: Buffer): void {
    const secret = this.#secret;
    const hash = /^[0-9a-f]{64}/.exec(body.toString('latin1'))?.[0];
    if (secret === undefined || hash === undefined) {
      this.#flushSecret();
      return;
    }
    this.#secret = undefined;
    this.#write({ ...secret, sha256Keyed: this.#keyedHash(hash) });
  }

  #flushSecret(): void {
    const secret = this.#secret;
    if (secret === undefined) return;
    this.#secret = undefined;
    this.#write({
      ...secret,
      sha256Keyed: null,
      note: 'The container has no sha256sum, or could not read this.',
    });
  }

  #flush(): void {
    this.#flushSecret();
    for (const record of this.#processes.take()) this.#write(record);
  }

  #skip(): void {
    this.#unread += 1;
  }

  #write(record: object): void {
    this.#lines.push(`${JSON.stringify(record)}\n`);
  }

  #ready(): Buffer {
    const lines = Buffer.from(this.#lines.join(''), 'utf8');
    this.#lines = [];
    return lines;
  }
}

const trimmed = (bytes: Buffer): Buffer => (bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes);

const cut = (dropped: number): object => (dropped === 0 ? {} : { dropped });
