import type { types } from '@slack/bolt';
import type { Finding } from '../core/finding.ts';
import type { RunResult } from '../flow/ledger.ts';
import { bytesText } from './amounts.ts';
import { limitLines } from './limit-lines.ts';
import { bold, code, type Line, lineLength, linesBlock, plain, sentence, words } from './rich-text.ts';

type Evidence = NonNullable<RunResult['evidence']>;
type StoredArtifact = Evidence['artifacts'][number];

const MORE_IN_MANIFEST = 'in manifest.json of the bundle';

/** `files.tar, 120 MiB, VERIFIED` and its whole SHA-256 below. */
const artifactLines = (artifact: StoredArtifact): readonly Line[] => [
  [bold(artifact.name), words(`, ${bytesText(artifact.bytes)}, `), bold(artifact.completeness)],
  [code(artifact.sha256)],
];

/** Names, sizes and completeness of what was stored, with or without SHA-256: incomplete ones first, then the largest. */
export const artifactSummary = (
  evidence: Evidence,
  limit: number,
  hashes: 'with hashes' | 'without hashes',
): readonly Line[] => {
  const sorted = [...evidence.artifacts].sort((a, b) => rank(a) - rank(b) || b.bytes - a.bytes);
  const shown = sorted
    .slice(0, limit)
    .flatMap((artifact) => artifactLines(artifact).slice(0, hashes === 'with hashes' ? 2 : 1));
  const rest = sorted.length - limit;
  return rest > 0 ? [...shown, [words(`… ${rest} more in the thread`)]] : shown;
};

const rank = (artifact: StoredArtifact): number => (artifact.completeness === 'INCOMPLETE' ? 0 : 1);

/** Every artifact with its notes, as far as one message takes. */
export const artifactDetails = (evidence: Evidence, characters: number): readonly Line[] =>
  limitLines(
    evidence.artifacts.flatMap((artifact) => [
      ...artifactLines(artifact),
      ...artifact.notes.map((note): Line => [words('  '), ...sentence(note)]),
    ]),
    { lines: 150, characters },
    `lines ${MORE_IN_MANIFEST}`,
  );

export interface FindingLimits {
  readonly blocks: number;
  readonly linesEach: number;
  readonly lineCharacters: number;
  /** Of all together. */
  readonly characters: number;
}

/** What a verb found: a block for each title, within `characters` in all. */
export const findingBlocks = (
  findings: readonly Finding[],
  limits: FindingLimits,
  rest: string,
): readonly types.RichTextBlock[] => {
  let left = limits.characters;
  const blocks: types.RichTextBlock[] = [];
  for (const [index, finding] of findings.entries()) {
    if (index >= limits.blocks || left <= 0) {
      blocks.push(linesBlock([[words(`… ${findings.length - index} more sections ${rest}`)]]));
      break;
    }
    const lines = limitLines(
      finding.lines.map((line): Line => [plain(line, limits.lineCharacters)]),
      { lines: limits.linesEach, characters: left },
      `lines ${rest}`,
    );
    blocks.push(linesBlock([[bold(finding.title, 150)], ...lines]));
    left -= finding.title.length + lines.reduce((sum, line) => sum + 1 + lineLength(line), 0);
  }
  return blocks;
};
