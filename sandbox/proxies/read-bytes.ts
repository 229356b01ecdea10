import type { Socket } from 'node:net';

/** Exactly so many bytes of what arrives, in however many pieces; the rest stays in the socket. Rejects when it ends before. */
export const readBytes = async (socket: Socket, count: number): Promise<Buffer> => {
  for (;;) {
    const bytes: unknown = count === 0 ? Buffer.alloc(0) : socket.read(count);
    if (bytes instanceof Buffer && bytes.length === count) return bytes;
    await new Promise<void>((resolve, reject) => {
      const ended = (): void => {
        socket.off('readable', ready);
        reject(new Error('the client left'));
      };
      const ready = (): void => {
        socket.off('close', ended);
        resolve();
      };
      if (socket.destroyed || socket.readableEnded) reject(new Error('the client left'));
      socket.once('readable', ready).once('close', ended);
    });
  }
};
