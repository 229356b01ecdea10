import { type EvidenceText, evidenceText } from './evidence-text.ts';
import { type NetAddress, readNetAddress } from './net-address.ts';

export type Protocol = 'tcp' | 'tcp6' | 'udp' | 'udp6' | 'unix';

export interface SocketRow {
  readonly protocol: Protocol;
  readonly inode: number;
  readonly state: string;
  readonly local?: NetAddress;
  readonly remote?: NetAddress;
  readonly uid?: number;
  readonly path?: EvidenceText;
}

/** Source: Linux, include/net/tcp_states.h; UDP uses two of them. */
const INET_STATES: Readonly<Record<string, string>> = {
  '01': 'ESTABLISHED',
  '02': 'SYN_SENT',
  '03': 'SYN_RECV',
  '04': 'FIN_WAIT1',
  '05': 'FIN_WAIT2',
  '06': 'TIME_WAIT',
  '07': 'CLOSE',
  '08': 'CLOSE_WAIT',
  '09': 'LAST_ACK',
  '0A': 'LISTEN',
  '0B': 'CLOSING',
  '0C': 'NEW_SYN_RECV',
};

/** Source: Linux, include/uapi/linux/net.h. */
const UNIX_STATES: Readonly<Record<string, string>> = {
  '00': 'FREE',
  '01': 'UNCONNECTED',
  '02': 'CONNECTING',
  '03': 'CONNECTED',
  '04': 'DISCONNECTING',
};

const inetRow = (protocol: Protocol, line: string): SocketRow | undefined => {
  const [, local, remote, state, , , , uid, , inode] = line.trim().split(/\s+/);
  const from = readNetAddress(local ?? '');
  const to = readNetAddress(remote ?? '');
  if (from === undefined || to === undefined || !/^\d+$/.test(inode ?? '')) return undefined;
  return {
    protocol,
    local: from,
    remote: to,
    state: INET_STATES[state ?? ''] ?? `0x${state}`,
    uid: Number(uid),
    inode: Number(inode),
  };
};

const unixRow = (line: string): SocketRow | undefined => {
  const found = /^\S+: [0-9A-F]+ [0-9A-F]+ ([0-9A-F]+) [0-9A-F]+ ([0-9A-F]{2}) +(\d+)(?: ([\s\S]*))?$/.exec(
    line,
  );
  if (found === null) return undefined;
  const listening = (Number.parseInt(line.split(' ')[3] ?? '0', 16) & 0x10000) !== 0;
  return {
    protocol: 'unix',
    state: listening ? 'LISTEN' : (UNIX_STATES[found[2] ?? ''] ?? `0x${found[2]}`),
    inode: Number(found[3]),
    ...(found[4] === undefined ? {} : { path: evidenceText(Buffer.from(found[4], 'latin1')) }),
  };
};

export interface SocketTable {
  readonly rows: readonly SocketRow[];
  /** Lines of another shape, a name with a newline among them. */
  readonly unread: number;
}

/** Reads `/proc/<pid>/net/<protocol>`, its first line is the heading. */
export const readSocketTable = (protocol: Protocol, content: Buffer): SocketTable => {
  const rows: SocketRow[] = [];
  let unread = 0;
  for (const line of content.toString('latin1').split('\n').slice(1)) {
    if (line === '') continue;
    const row = protocol === 'unix' ? unixRow(line) : inetRow(protocol, line);
    if (row === undefined) unread += 1;
    else rows.push(row);
  }
  return { rows, unread };
};
