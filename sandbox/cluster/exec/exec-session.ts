import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Fault } from '../api/faults.ts';
import type { Container } from '../runtime/container.ts';
import type { Machine } from '../runtime/machine.ts';
import { type ExecProcess, NOT_STARTED_PREFIX, startExec, whyNotStarted } from '../runtime/start-exec.ts';
import { type ExecProtocol, exitStatus, notStartedStatus } from './exec-status.ts';
import { FrameWriter } from './frame-writer.ts';
import { receiveStdin } from './receive-stdin.ts';

export interface ExecSession {
  readonly protocol: ExecProtocol;
  readonly streams: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  readonly tty: boolean;
  readonly command: readonly string[];
  readonly faults: readonly Fault[];
  readonly machine: Machine | undefined;
  readonly container: Container | undefined;
}

const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
const NORMAL_CLOSURE = 1000;

/**
 * Serves one exec: an empty frame, the output as it comes, one Status on channel 3, close 1000.
 *
 * The Status comes when the program has ended and all its output has been read, so a grandchild that keeps stdout
 * open keeps the exec open; containerd waits the same way. When the client goes, the program is not ended. Its
 * output is no longer read, and it blocks once the pipe is full: containerd's shim keeps a reading end of the FIFO
 * open itself (cmd/containerd-shim-runc-v2/process/io.go, copyPipes), so nothing is discarded and no EPIPE comes.
 */
export async function serveExec(ws: WebSocket, session: ExecSession): Promise<void> {
  const { protocol, streams, command, machine, container } = session;
  const writer = new FrameWriter(ws, session.faults);
  ws.on('error', () => ws.terminate());
  writer.send(streams.stdout ? STDOUT : streams.stderr ? STDERR : ERROR, Buffer.alloc(0));
  const execId = randomBytes(32).toString('hex');
  const finish = (status: object) => {
    if (!session.faults.some(({ kind }) => kind === 'close exec without status')) {
      writer.send(ERROR, Buffer.from(JSON.stringify(status)));
    }
    ws.resume();
    ws.close(NORMAL_CLOSURE);
  };
  if (machine === undefined || container === undefined) {
    finish(notStartedStatus(execId, `exec: "${command[0]}": executable file not found in $PATH`));
    return;
  }
  // A message may come before the program is there. It waits in the socket.
  ws.pause();
  let process: ExecProcess;
  try {
    process = await startExec(machine, container, { command, stdin: streams.stdin, tty: session.tty });
  } catch (error) {
    finish(notStartedStatus(execId, String(error)));
    return;
  }
  receiveStdin(ws, protocol, process.stdin);
  ws.once('close', () => {
    for (const output of [process.stdout, process.stderr]) output.removeAllListeners('data').pause();
    if (protocol === 'v5') process.stdin?.end();
    void process.ended.then(() => {
      for (const stream of [process.stdin, process.stdout, process.stderr]) stream?.destroy();
    });
  });
  const complaint = new Complaint();
  const outputs = [
    drain(process.stdout, (chunk) => (streams.stdout ? writer.output(STDOUT, chunk, process) : undefined)),
    drain(process.stderr, (chunk) => {
      const own = complaint.pass(chunk);
      if (own.length > 0 && streams.stderr) writer.output(STDERR, own, process);
    }),
  ];
  ws.resume();
  const exitCode = await process.ended;
  process.stdin?.destroy();
  await Promise.all(outputs);
  if (ws.readyState !== WebSocket.OPEN) return;
  const why = whyNotStarted(complaint.text);
  if (why !== undefined) finish(notStartedStatus(execId, why));
  else {
    const held = complaint.release();
    if (held.length > 0 && streams.stderr) writer.output(STDERR, held, process);
    finish(exitStatus(protocol, command, exitCode));
  }
}

/** Keeps back what nsenter says on stderr about a program that it could not run: the client gets it as a Status. */
class Complaint {
  text = '';
  #isOpen = true;

  /** The part of stderr that is the program's own. nsenter writes its one message in several pieces. */
  pass(chunk: Buffer): Buffer {
    if (!this.#isOpen) return chunk;
    this.text += chunk.toString('latin1');
    const length = Math.min(this.text.length, NOT_STARTED_PREFIX.length);
    if (this.text.slice(0, length) === NOT_STARTED_PREFIX.slice(0, length)) return Buffer.alloc(0);
    this.#isOpen = false;
    return this.release();
  }

  /** What was kept back and is no complaint. */
  release(): Buffer {
    const held = Buffer.from(this.text, 'latin1');
    this.text = '';
    return held;
  }
}

function drain(stream: Socket, take: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve) => {
    stream.on('data', take);
    stream.once('end', resolve);
    stream.once('error', () => resolve());
    stream.once('close', () => resolve());
  });
}
