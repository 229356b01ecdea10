import type { OpenSocket } from '../../../core/proof.ts';
import { socketAddress } from '../../../core/proof.ts';
import { type NetAddress, readNetAddress } from './net-address.ts';

/** An open connection with its ends taken apart. */
export interface Connection {
  readonly protocol: 'tcp' | 'udp';
  readonly local: NetAddress;
  readonly remote: NetAddress;
}

/**
 * ESTABLISHED, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT: a connection that one side has closed still carries what the other
 * says. A connected UDP socket is ESTABLISHED too. Source: Linux, include/net/tcp_states.h.
 */
const OPEN_STATES = ['01', '04', '05', '08'] as const;

/** What nobody holds any more has inode 0 and carries nothing to any process. */
const isHeld = (state: string, inode: string): boolean =>
  (OPEN_STATES as readonly string[]).includes(state) && inode !== '0';

/** The kernel's columns: local address, remote address, state, inode. Undefined: no open connection, or no such line. */
export const readConnection = (
  protocol: 'tcp' | 'udp',
  columns: readonly string[],
): Connection | undefined => {
  const [from = '', to = '', state = '', inode = ''] = columns;
  const local = readNetAddress(from);
  const remote = readNetAddress(to);
  return local === undefined || remote === undefined || !isHeld(state, inode)
    ? undefined
    : { protocol, local, remote };
};

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

/** Whether it leaves the pod: not to the loopback interface, and not to one of the pod's own addresses. */
export const leavesPod = ({ remote }: Connection, own: readonly string[]): boolean =>
  !isLoopback(remote.address) && !own.includes(remote.address);

export const openSocket = ({ protocol, local, remote }: Connection): OpenSocket => ({
  protocol,
  local: socketAddress(local.address, local.port),
  remote: socketAddress(remote.address, remote.port),
});
