import type { Artifact, ManifestHead, SealedBundle } from '../core/evidence.ts';
import type { OpenBundleOptions } from './bundle-context.ts';
import { incompleteList, type SupersededObject } from './incomplete-list.ts';
import { manifest, refuseForeignHead, type SealFile } from './manifest.ts';
import { sealSignal } from './seal-signal.ts';
import { sha256sums } from './sha256sums.ts';

/** The seals are a few KiB: once all is read back, writing them is sooner done than done again elsewhere. */
const NEVER = new AbortController().signal;

const supersededObjects = async (
  { store, bundle, superseded }: OpenBundleOptions,
  signal: AbortSignal,
): Promise<readonly SupersededObject[]> => {
  if (superseded.length === 0) return [];
  const wanted = new Set(superseded);
  const lying = await store.inventory(bundle, (name) => wanted.has(name), signal);
  const found = new Map(lying.map((object) => [object.name, object]));
  return superseded.map((name) => ({ name, found: found.get(name) }));
};

const writeText = async (context: OpenBundleOptions, name: string, text: string): Promise<SealFile> => {
  const writer = await context.store.create(context.bundle, name, NEVER);
  await writer.write(Buffer.from(text, 'utf8'));
  return { name, ...(await writer.close()) };
};

/**
 * Writes `SHA256SUMS`, then `INCOMPLETE` where something is, then `manifest.json`: a bundle without a manifest was
 * never sealed. Throws `evidence-store`, `superseded`, and the reason for which the run goes on elsewhere.
 */
export const sealBundle = async (
  context: OpenBundleOptions,
  artifacts: readonly Artifact[],
  head: ManifestHead,
): Promise<SealedBundle> => {
  refuseForeignHead(head);
  const signal = sealSignal(context.signal);
  const unfinished = await context.store.unfinished(context.bundle, signal);
  const superseded = await supersededObjects(context, signal);
  const completeness =
    artifacts.length === 0 ||
    unfinished.length > 0 ||
    artifacts.some((artifact) => artifact.completeness === 'INCOMPLETE')
      ? 'INCOMPLETE'
      : 'complete';
  const sealedAt = context.clock.now().toISOString();
  const seals = [await writeText(context, 'SHA256SUMS', sha256sums(artifacts))];
  const incomplete = incompleteList({ artifacts, unfinished, superseded }, context.digest);
  if (incomplete !== undefined) seals.push(await writeText(context, 'INCOMPLETE', incomplete));
  const text = context.digest.canonical(
    manifest({ head, artifacts, seals, unfinished, superseded, completeness, sealedAt }),
  );
  const { sha256, version } = await writeText(context, 'manifest.json', text);
  return {
    reference: context.store.reference(context.bundle),
    ...(context.store.endpoint === undefined ? {} : { endpoint: context.store.endpoint }),
    manifestSha256: sha256,
    ...(version === undefined ? {} : { manifestVersion: version }),
    seals: seals.map(({ name, version: sealed }) => ({
      name,
      ...(sealed === undefined ? {} : { version: sealed }),
    })),
    completeness,
    artifacts,
  };
};
