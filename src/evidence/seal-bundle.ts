import type { Artifact, ManifestHead, SealedBundle } from '../core/evidence.ts';
import type { OpenBundleOptions } from './bundle-context.ts';
import { incompleteList, type SupersededObject } from './incomplete-list.ts';
import { manifest, refuseForeignHead, type SealFile } from './manifest.ts';
import { sha256sums } from './sha256sums.ts';

/** Sealing goes on when the run was stopped: a bundle that says what is missing is worth more than none. */
const NEVER = new AbortController().signal;

const supersededObjects = async (context: OpenBundleOptions): Promise<readonly SupersededObject[]> => {
  if (context.superseded.length === 0) return [];
  const lying = await context.store.inventory(context.bundle, NEVER);
  return context.superseded.map((name) => ({ name, found: lying.find((object) => object.name === name) }));
};

const writeText = async (context: OpenBundleOptions, name: string, text: string): Promise<SealFile> => {
  const writer = await context.store.create(context.bundle, name, NEVER);
  await writer.write(Buffer.from(text, 'utf8'));
  return { name, ...(await writer.close()) };
};

/**
 * Writes `SHA256SUMS`, then `INCOMPLETE` where something is, then `manifest.json`: a bundle without a manifest was
 * never sealed. Throws `evidence-store` and `superseded`.
 */
export const sealBundle = async (
  context: OpenBundleOptions,
  artifacts: readonly Artifact[],
  head: ManifestHead,
): Promise<SealedBundle> => {
  refuseForeignHead(head);
  const unfinished = await context.store.unfinished(context.bundle, NEVER);
  const superseded = await supersededObjects(context);
  const completeness =
    unfinished.length > 0 || artifacts.some((artifact) => artifact.completeness === 'INCOMPLETE')
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
    manifestSha256: sha256,
    ...(version === undefined ? {} : { manifestVersion: version }),
    completeness,
    artifacts,
  };
};
