import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type DatabaseUse, syncArguments } from './create-cluster.ts';
import { endWithParent } from './end-with-parent.ts';
import { freePort } from './free-port.ts';
import { isOurs, runningServer } from './postmaster-file.ts';
import { type ServerIdentity, spawnAs } from './server-identity.ts';
import { hasOtherOwner, recordOwner } from './server-owner.ts';
import type { ServerPlace } from './server-place.ts';

const POLL_MS = 10;
const START_ATTEMPTS = 5;
const CONNECTIONS = 200;

/** How a server goes: `fast` ends its sessions and writes everything, `crash` leaves it to recovery (PostgreSQL 18, 18.5 "Shutting Down"). */
export type StopMode = 'fast' | 'crash';
const STOP_SIGNALS = { fast: 'SIGINT', crash: 'SIGQUIT' } as const;

/** One PostgreSQL server on one data folder. It keeps its port over stop and start. */
export class EmbeddedServer {
  readonly #place: ServerPlace;
  readonly #identity: ServerIdentity;
  readonly #use: DatabaseUse;
  #pid: number | undefined;
  #port: number | undefined;
  #ownership: 'ours' | 'borrowed' = 'ours';

  constructor(place: ServerPlace, identity: ServerIdentity, use: DatabaseUse) {
    this.#place = place;
    this.#identity = identity;
    this.#use = use;
  }

  /** The TCP port on 127.0.0.1. */
  get port(): number {
    if (this.#port === undefined) throw new Error('The embedded PostgreSQL was never started.');
    return this.#port;
  }

  /** The process id of the server that runs, or undefined. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /** Uses the server that already runs on the data folder, or starts one; returns when it takes connections. */
  async start(signal?: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      if (await this.#useRunning(signal)) return;
      if (await this.#launch(signal)) return;
      const log = await readFile(this.#logFile, 'utf8');
      // Another process took the port, or started the same server, between the look and the start.
      const lostRace = log.includes('could not create any TCP/IP sockets') || log.includes('lock file');
      if (attempt === START_ATTEMPTS || !lostRace)
        throw new Error(`The embedded PostgreSQL did not start: ${log}`);
    }
  }

  /** Ends the server and returns when its process is gone. A server that another live process owns is left alone. */
  async stop(mode: StopMode = 'fast'): Promise<void> {
    const pid = this.#pid;
    this.#pid = undefined;
    if (pid === undefined || this.#ownership === 'borrowed') return;
    if (!isOurs(pid, this.#place)) return;
    process.kill(pid, STOP_SIGNALS[mode]);
    while (isOurs(pid, this.#place)) await delay(POLL_MS);
  }

  async #useRunning(signal: AbortSignal | undefined): Promise<boolean> {
    const borrowed = await hasOtherOwner(this.#place.home);
    for (;;) {
      const found = await runningServer(this.#place);
      if (found === undefined) return false;
      if (found.state === 'ready') {
        this.#pid = found.pid;
        this.#port = found.port;
        this.#ownership = borrowed ? 'borrowed' : 'ours';
        if (!borrowed) await recordOwner(this.#place.home);
        return true;
      }
      // It is starting, recovering or stopping; the file or the process changes when it is done.
      await delay(POLL_MS, undefined, signal === undefined ? {} : { signal });
    }
  }

  async #launch(signal: AbortSignal | undefined): Promise<boolean> {
    const port = this.#port ?? (await freePort());
    const postgres = [join(this.#place.binaries, 'bin', 'postgres'), ...this.#arguments(port)] as const;
    const [program, ...args] = this.#use === 'tests' ? endWithParent(postgres) : postgres;
    const as = spawnAs(this.#identity, program, args);
    await using log = await open(this.#logFile, 'w', 0o600);
    // detached: Ctrl-C in a terminal reaches Firebreak, which stops the database last.
    const child = spawn(as.command, as.args, {
      ...as.ids,
      cwd: '/',
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    let ended = false;
    let failure: Error | undefined;
    child.once('exit', () => {
      ended = true;
    });
    child.once('error', (error) => {
      ended = true;
      failure = error;
    });
    child.unref();
    for (;;) {
      const found = await runningServer(this.#place);
      if (found?.state === 'ready' && found.pid === child.pid) {
        this.#pid = found.pid;
        this.#port = port;
        this.#ownership = 'ours';
        await recordOwner(this.#place.home);
        return true;
      }
      if (failure !== undefined)
        throw new Error('The embedded PostgreSQL could not be run.', { cause: failure });
      if (ended) return false;
      if (signal?.aborted) {
        child.kill(STOP_SIGNALS.fast);
        signal.throwIfAborted();
      }
      await delay(POLL_MS);
    }
  }

  #arguments(port: number): readonly string[] {
    const settings = {
      listen_addresses: '127.0.0.1',
      port: String(port),
      // A socket in a shared folder would be one more way in, and its path has a length limit.
      unix_socket_directories: '',
      max_connections: String(CONNECTIONS),
      logging_collector: 'off',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    return ['-D', this.#place.data, ...args, ...syncArguments(this.#use)];
  }

  get #logFile(): string {
    return join(this.#place.home, 'postgres.log');
  }
}
