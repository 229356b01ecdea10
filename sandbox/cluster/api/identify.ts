import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { User } from '../access/user.ts';
import type { Faults } from './faults.ts';

/** Whom a bearer token is for, by name, where something beside the server's own tokens decides that. */
export type AuthenticateToken = (token: string) => string | undefined;

/**
 * The caller by its bearer token, else by a client certificate of our own authority; undefined when it is neither. As
 * with webhook authentication, a token that is none of the server's own is another's to judge.
 */
export function identify(
  request: IncomingMessage,
  users: readonly User[],
  faults: Faults,
  authenticate: AuthenticateToken,
): User | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = /^Bearer (.+)$/i.exec(authorization)?.[1] ?? '';
    if (faults.isDenied(token)) return undefined;
    const own = users.find((user) => user.token === token);
    if (own !== undefined) return own;
    const name = authenticate(token);
    return users.find((user) => user.name === name);
  }
  const { socket } = request;
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { CN: commonName } = socket.getPeerCertificate().subject;
  return users.find((user) => user.name === commonName);
}
