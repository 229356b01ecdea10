import type {
  Artifact,
  ArtifactWriter,
  Collection,
  CollectRequest,
  WrittenObject,
} from '../core/evidence.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { OpenBundleOptions } from './bundle-context.ts';
import { ByteMeter } from './byte-meter.ts';
import { judgeStream } from './collector/judge-stream.ts';
import { COLLECTOR_COMMAND, type CollectorRun, runCollector } from './collector/run-collector.ts';
import type { KeyedHash } from './keyed-hash.ts';
import { TarEnd } from './tar-end.ts';
import { VolatileReader } from './volatile/volatile-reader.ts';

export interface CollectOptions {
  readonly request: CollectRequest;
  readonly keyedHash: KeyedHash;
}

/** Names that a bundle's readers rely on. */
const COLLECTED_NAMES: Readonly<Record<Collection, string>> = {
  volatile: 'volatile.jsonl',
  files: 'files.tar',
};

/** containerd, CRI-O and gVisor, when the executable is not there. */
const NO_EXECUTABLE = /executable file not found|no such file or directory|not found in \$PATH/iu;

const noShell = (request: CollectRequest, message: string): FirebreakError =>
  new FirebreakError({
    code: 'no-shell',
    message: `The container ${request.container} has no shell, so nothing can be read from inside it.`,
    next: 'Logs and API objects are collected all the same; take the files from the node or a snapshot.',
    cause: message,
  });

/** An object of the store that is begun with its first byte, so that a container without a shell leaves none. */
class LazyObject {
  readonly #open: () => Promise<ArtifactWriter>;
  #writer: ArtifactWriter | undefined;

  constructor(open: () => Promise<ArtifactWriter>) {
    this.#open = open;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    this.#writer ??= await this.#open();
    await this.#writer.write(bytes);
  }

  async close(): Promise<WrittenObject> {
    this.#writer ??= await this.#open();
    return await this.#writer.close();
  }
}

const requireShell = (run: CollectorRun, arrived: ByteMeter, request: CollectRequest): void => {
  const { status } = run;
  if (arrived.bytes > 0 || run.report.value('begin') !== undefined) return;
  if (status.kind === 'failed' && NO_EXECUTABLE.test(status.message)) throw noShell(request, status.message);
  // Some runtimes start a process that says so itself and exits like a shell would: 126 or 127.
  const said = run.report.messages.join(' ');
  if (status.kind === 'exited' && [126, 127].includes(status.code) && NO_EXECUTABLE.test(said)) {
    throw noShell(request, said);
  }
};

const VOLATILE_REMARK =
  'What is stored was derived from the stream: environment values and secrets are keyed hashes.';

/**
 * Runs the collector and streams what it sends into the store: `files.tar` byte for byte, `volatile.jsonl` parsed.
 * The hash is compared for the stream, so what was derived from it is COUNTED at most.
 */
export const collectArtifact = async (
  context: OpenBundleOptions,
  { request, keyedHash }: CollectOptions,
): Promise<Artifact> => {
  const { store, bundle, clock, progress } = context;
  const name = COLLECTED_NAMES[request.collection];
  const startedAt = clock.now().toISOString();
  const never = new AbortController().signal;
  const object = new LazyObject(() => store.create(bundle, name, never));
  const arrived = new ByteMeter();
  // What goes into the store: the stream itself, or the lines that were derived from it.
  const handed = request.collection === 'files' ? arrived : new ByteMeter();
  const storeLines = async (lines: Buffer): Promise<void> => {
    handed.add(lines);
    await object.write(lines);
  };
  const tarEnd = new TarEnd();
  let reader: VolatileReader | undefined;
  const run = await runCollector(context, request, async (piece, mark) => {
    arrived.add(piece);
    progress({ phase: request.collection, bytes: arrived.bytes });
    if (request.collection === 'files') {
      tarEnd.add(piece);
      return await object.write(piece);
    }
    reader ??= new VolatileReader({ mark, keyedHash });
    await storeLines(reader.add(piece));
  });
  requireShell(run, arrived, request);
  if (reader !== undefined) await storeLines(reader.end());
  const stored = await object.close();
  const judgement = judgeStream(run, { bytes: arrived.bytes, sha256: arrived.sha256() }, request);
  const problems = [...judgement.problems, ...(reader?.problems ?? [])];
  if (request.collection === 'files' && problems.length === 0 && !tarEnd.isWhole) {
    problems.push('What arrived does not end as an archive ends.');
  }
  if (stored.bytes !== handed.bytes || stored.sha256 !== handed.sha256()) {
    problems.push('The store holds other bytes than those that were handed to it.');
  }
  const derived = request.collection === 'volatile' ? [VOLATILE_REMARK] : [];
  if (derived.length > 0 && problems.length === 0 && judgement.source.sha256 !== undefined) {
    derived.push("The stream's own length and SHA-256 were equal at the source and on arrival.");
  }
  const whole =
    request.collection === 'files' && judgement.source.sha256 !== undefined ? 'VERIFIED' : 'COUNTED';
  return {
    name,
    completeness: problems.length === 0 ? whole : 'INCOMPLETE',
    tools: 'suspect',
    ...stored,
    source: judgement.source,
    notes: [...problems, ...derived, ...(reader?.remarks ?? []), ...judgement.remarks],
    method: `exec ${COLLECTOR_COMMAND.join(' ')}, with Firebreak's ${request.collection} collector on stdin`,
    container: request.container,
    startedAt,
    endedAt: clock.now().toISOString(),
  };
};
