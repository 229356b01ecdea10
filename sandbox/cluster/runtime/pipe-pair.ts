import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { runTool } from './run-tool.ts';

/** Our end is a socket object of Node's, the far end a blocking descriptor to hand to a process. */
export interface PipePair {
  readonly near: Socket;
  readonly farFd: number;
}

const BATCH = 24;

/**
 * Pipes for the standard streams of processes in containers.
 *
 * Node gives its children sockets, but a process in a real container has pipes, and that shows: a socket can't be
 * opened again by `/proc/self/fd/1` or `/dev/stderr`. Node can't make an anonymous pipe, so these are FIFOs,
 * unlinked as soon as both ends are open.
 */
export class PipeMaker {
  readonly #folder: string;
  readonly #mkfifo: string;
  #spare: string[] = [];
  #made = 0;
  #filling: Promise<void> | undefined;

  constructor(folder: string, mkfifo: string) {
    this.#folder = folder;
    this.#mkfifo = mkfifo;
  }

  /** A pipe that the process writes and we read. */
  async output(): Promise<PipePair> {
    const path = await this.#take();
    const nearFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const farFd = openSync(path, constants.O_WRONLY);
    unlinkSync(path);
    return { near: new Socket({ fd: nearFd, readable: true, writable: false }), farFd };
  }

  /** A pipe that we write and the process reads. */
  async input(): Promise<PipePair> {
    const path = await this.#take();
    const probe = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const nearFd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    const farFd = openSync(path, constants.O_RDONLY);
    closeSync(probe);
    unlinkSync(path);
    return { near: new Socket({ fd: nearFd, readable: false, writable: true }), farFd };
  }

  async #take(): Promise<string> {
    for (;;) {
      const path = this.#spare.pop();
      if (path !== undefined) return path;
      this.#filling ??= this.#fill().finally(() => {
        this.#filling = undefined;
      });
      await this.#filling;
    }
  }

  async #fill(): Promise<void> {
    const paths = Array.from({ length: BATCH }, () => join(this.#folder, String(this.#made++)));
    await runTool(this.#mkfifo, ['-m', '666', ...paths]);
    this.#spare.push(...paths);
  }
}
