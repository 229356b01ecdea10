import type { Socket as UdpSocket } from 'node:dgram';
import type { Server, Socket } from 'node:net';
import { answerQuery } from './answer-query.ts';

type AddressesOf = (name: string) => readonly string[] | undefined;

/** Answers on both transports until the sockets are closed. Over TCP two bytes of length come first. RFC 1035, 4.2. */
export function serveDns(udp: UdpSocket, tcp: Server, addressesOf: AddressesOf): void {
  udp.on('error', () => undefined);
  udp.on('message', (query, { address, port }) => {
    const answer = answerQuery(query, addressesOf);
    if (answer !== undefined) udp.send(answer, port, address, () => undefined);
  });
  tcp.on('connection', (socket: Socket) => {
    let held = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk]);
      while (held.length > 2 && held.length >= 2 + held.readUInt16BE(0)) {
        const end = 2 + held.readUInt16BE(0);
        const answer = answerQuery(held.subarray(2, end), addressesOf);
        held = held.subarray(end);
        if (answer === undefined) socket.destroy();
        else socket.write(Buffer.concat([Buffer.from([answer.length >> 8, answer.length & 0xff]), answer]));
      }
    });
  });
}
