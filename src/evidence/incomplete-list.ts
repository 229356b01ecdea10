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

const unfinishedEntry = ({ name, bytes, sha256 }: StoredObject) => ({
  kind: 'unfinished',
  name,
  bytes,
  sha256,
  why: ['It was not brought to its end: the store failed, or what was writing it did. The rest is missing.'],
});

/** Nothing of a whole bundle would be missing in one that holds nothing, and it would call itself whole. */
const NOTHING = { kind: 'nothing', why: ['Nothing was captured: the run ended before that.'] } as const;

interface IncompleteParts {
  readonly artifacts: readonly Artifact[];
  readonly unfinished: readonly StoredObject[];
  readonly superseded: readonly SupersededObject[];
}

/** The content of `INCOMPLETE`: one canonical JSON object a line. `undefined` when nothing is. */
export const incompleteList = (
  { artifacts, unfinished, superseded }: IncompleteParts,
  digest: Digest,
): string | undefined => {
  const entries = [
    ...(artifacts.length === 0 ? [NOTHING] : []),
    ...artifacts.filter(({ completeness }) => completeness === 'INCOMPLETE').map(artifactEntry),
    ...unfinished.map(unfinishedEntry),
    ...superseded.map(supersededEntry),
  ];
  return entries.length === 0 ? undefined : entries.map((entry) => `${digest.canonical(entry)}\n`).join('');
};
