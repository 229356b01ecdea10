import type { Artifact, ManifestHead, SealedBundle, StoredObject, WrittenObject } from '../core/evidence.ts';
import type { SupersededObject } from './incomplete-list.ts';

const MANIFEST_FORMAT = 'firebreak-manifest';
const MANIFEST_VERSION = 1;

/** A file that seals the bundle together with the manifest: `SHA256SUMS`, `INCOMPLETE`. */
export type SealFile = WrittenObject & { readonly name: string };

interface ManifestParts {
  readonly head: ManifestHead;
  readonly artifacts: readonly Artifact[];
  readonly seals: readonly SealFile[];
  readonly unfinished: readonly StoredObject[];
  readonly superseded: readonly SupersededObject[];
  readonly completeness: SealedBundle['completeness'];
  /** UTC, RFC 3339 with milliseconds. */
  readonly sealedAt: string;
}

/** What the bundle states by itself. */
const STATED = [
  'format',
  'version',
  'artifacts',
  'completeness',
  'sealedAt',
  'seals',
  'superseded',
  'unfinished',
] as const;

/** Throws when the head names what the bundle states. */
export const refuseForeignHead = (head: ManifestHead): void => {
  for (const key of STATED)
    if (Object.hasOwn(head, key)) throw new TypeError(`the manifest's head may not state "${key}"`);
};

/** The manifest as a value; its bytes are its RFC 8785 form. */
export const manifest = (parts: ManifestParts): Readonly<Record<string, unknown>> => {
  const stated: Readonly<Record<(typeof STATED)[number], unknown>> = {
    format: MANIFEST_FORMAT,
    version: MANIFEST_VERSION,
    artifacts: parts.artifacts,
    completeness: parts.completeness,
    sealedAt: parts.sealedAt,
    seals: parts.seals,
    superseded: parts.superseded.map(({ name, found }) => ({
      name,
      ...(found === undefined ? {} : { bytes: found.bytes, sha256: found.sha256 }),
    })),
    unfinished: parts.unfinished,
  };
  return { ...parts.head, ...stated };
};
