import type { types } from '@slack/bolt';
import type { Run } from '../flow/ledger.ts';
import { outside } from './card-text.ts';
import { fallbackText, type Message } from './message.ts';
import { artifactDetails, findingBlocks, verifyLines } from './result-lines.ts';
import { bold, linesBlock, plain, words } from './rich-text.ts';
import { runTitle } from './run-title.ts';

/** Together below what one message takes (`msg_blocks_too_long`, about 13,000 characters). */
const ARTIFACT_CHARACTERS = 6_500;
const FINDINGS = { blocks: 40, linesEach: 80, lineCharacters: 400, characters: 9_000 } as const;
const FINDINGS_BESIDE_ARTIFACTS = {
  blocks: 40,
  linesEach: 40,
  lineCharacters: 400,
  characters: 3_500,
} as const;

/** The details of a run, for the card's thread: every artifact with its notes, and what was found under its titles. */
export const renderArtifacts = (run: Run): Message => {
  const blocks = detailBlocks(run);
  return {
    text: fallbackText(`Details of ${outside(runTitle(run), 200)} (${outside(run.id, 40)})`),
    blocks: [
      linesBlock([[bold('Details of'), words(' '), plain(`${runTitle(run)} (${run.id})`, 300)]]),
      ...(blocks.length === 0 ? [linesBlock([[words('There is nothing more to show.')]])] : blocks),
    ],
  };
};

const detailBlocks = (run: Run): readonly types.KnownBlock[] => {
  const { result } = run;
  if (result === undefined) return [];
  const { evidence } = result;
  const limits = evidence === undefined ? FINDINGS : FINDINGS_BESIDE_ARTIFACTS;
  return [
    ...(evidence === undefined
      ? []
      : [linesBlock([...artifactDetails(evidence, ARTIFACT_CHARACTERS), ...verifyLines(evidence)])]),
    ...findingBlocks(result.findings, limits, 'not shown; name a container with -c to see less at a time'),
  ];
};
