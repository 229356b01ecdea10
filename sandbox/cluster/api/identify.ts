import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { User } from '../access/user.ts';
import type { Faults } from './faults.ts';

/** The caller by its bearer token, else by a client certificate of our own authority; undefined when it is neither. */
export function identify(request: IncomingMessage, users: readonly User[], faults: Faults): User | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = /^Bearer (.+)$/i.exec(authorization)?.[1] ?? '';
    return faults.isDenied(token) ? undefined : users.find((user) => user.token === token);
  }
  const { socket } = request;
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { CN: commonName } = socket.getPeerCertificate().subject;
  return users.find((user) => user.name === commonName);
}
