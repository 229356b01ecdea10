import type { Artifact, ManifestHead, SealedBundle } from '../core/evidence.ts';
import type { SupersededObject } from './incomplete-list.ts';

const MANIFEST_FORMAT = 'firebreak-manifest';
const MANIFEST_VERSION = 1;

export interface ManifestParts {
  readonly head: ManifestHead;
  readonly artifacts: readonly Artifact[];
  readonly superseded: readonly SupersededObject[];
  readonly completeness: SealedBundle['completeness'];
  /** UTC, RFC 3339 with milliseconds. */
  readonly sealedAt: string;
}

/** The manifest as a value; its bytes are its RFC 8785 form. Throws when the head names what the bundle states. */
export const manifest = (parts: ManifestParts): Readonly<Record<string, unknown>> => {
  const stated = {
    format: MANIFEST_FORMAT,
    version: MANIFEST_VERSION,
    artifacts: parts.artifacts,
    completeness: parts.completeness,
    sealedAt: parts.sealedAt,
    superseded: parts.superseded.map(({ name, found }) => ({
      name,
      ...(found === undefined ? {} : { bytes: found.bytes, sha256: found.sha256 }),
    })),
  };
  for (const key of Object.keys(stated)) {
    if (Object.hasOwn(parts.head, key)) throw new TypeError(`the manifest's head may not state "${key}"`);
  }
  return { ...parts.head, ...stated };
};
