import { createHash } from 'node:crypto';
import type { Artifact } from '../core/evidence.ts';
import type { OpenBundleOptions } from './bundle-context.ts';
import { sealSignal } from './seal-signal.ts';

/** Writes a text of Firebreak's own, whose length and hash are known before: VERIFIED when the store holds just that. */
export const recordText = async (
  { store, bundle, clock, signal }: OpenBundleOptions,
  { name, method, text }: { readonly name: string; readonly method: string; readonly text: string },
): Promise<Artifact> => {
  const startedAt = clock.now().toISOString();
  const bytes = Buffer.from(text, 'utf8');
  const source = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  const writer = await store.create(bundle, name, sealSignal(signal));
  await writer.write(bytes);
  const stored = await writer.close();
  const whole = stored.bytes === source.bytes && stored.sha256 === source.sha256;
  return {
    name,
    completeness: whole ? 'VERIFIED' : 'INCOMPLETE',
    tools: 'firebreak',
    ...stored,
    source,
    notes: whole ? [] : ['The store holds other bytes than those that were written.'],
    method,
    startedAt,
    endedAt: clock.now().toISOString(),
  };
};
