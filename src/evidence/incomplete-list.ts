import type { Digest } from '../core/digest.ts';
import type { Artifact, StoredObject } from '../core/evidence.ts';

/** What `seal` found of an earlier capture; `undefined` when it is no longer there. */
export interface SupersededObject {
  readonly name: string;
  readonly found: StoredObject | undefined;
}

const supersededEntry = ({ name, found }: SupersededObject) => ({
  kind: 'superseded',
  name,
  ...(found === undefined
    ? { why: ['An earlier capture of this run left it, and it was gone when this bundle was sealed.'] }
    : {
        bytes: found.bytes,
        sha256: found.sha256,
        why: ['An earlier capture of this run was interrupted. Nothing says that this is whole.'],
      }),
});

const artifactEntry = ({ name, bytes, sha256, notes, container }: Artifact) => ({
  kind: 'artifact',
  name,
  bytes,
  sha256,
  why: notes,
  ...(container === undefined ? {} : { container }),
});

/** The content of `INCOMPLETE`: one canonical JSON object a line. `undefined` when nothing is. */
export const incompleteList = (
  artifacts: readonly Artifact[],
  superseded: readonly SupersededObject[],
  digest: Digest,
): string | undefined => {
  const entries = [
    ...artifacts.filter(({ completeness }) => completeness === 'INCOMPLETE').map(artifactEntry),
    ...superseded.map(supersededEntry),
  ];
  return entries.length === 0 ? undefined : entries.map((entry) => `${digest.canonical(entry)}\n`).join('');
};
