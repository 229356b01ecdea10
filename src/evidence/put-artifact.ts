import type { Artifact } from '../core/evidence.ts';
import type { OpenBundleOptions } from './bundle-context.ts';
import { ByteMeter } from './byte-meter.ts';
import { receive } from './receive.ts';
import { whyCut } from './why-cut.ts';

/** As much as `acquire` takes of files by default. A node keeps some 10 MiB of a container's log. */
const PUT_MAX_BYTES = 2 * 1024 ** 3;

export interface PutRequest {
  readonly name: string;
  readonly method: string;
  readonly source: AsyncIterable<Uint8Array>;
  readonly container: string | undefined;
}

/**
 * Streams an API object or a log into the store. The API states neither length nor hash, so an artifact that ended
 * by itself is COUNTED.
 */
export const putArtifact = async (context: OpenBundleOptions, request: PutRequest): Promise<Artifact> => {
  const { store, bundle, clock, signal, progress } = context;
  const { name, method, source, container } = request;
  const startedAt = clock.now().toISOString();
  const writer = await store.create(bundle, name, signal);
  const meter = new ByteMeter();
  const phase = name.split('/')[0] ?? name;
  const end = await receive(source, {
    signal,
    maxBytes: PUT_MAX_BYTES,
    take: async (piece) => {
      meter.add(piece);
      await writer.write(piece);
      progress({ phase, bytes: meter.bytes });
    },
  });
  const stored = await writer.close();
  const notes = [...whyCut(end)];
  if (stored.bytes !== meter.bytes || stored.sha256 !== meter.sha256()) {
    notes.push('The store holds other bytes than those that arrived.');
  }
  return {
    name,
    completeness: notes.length === 0 ? 'COUNTED' : 'INCOMPLETE',
    tools: 'api',
    ...stored,
    notes,
    method,
    ...(container === undefined ? {} : { container }),
    startedAt,
    endedAt: clock.now().toISOString(),
  };
};
