import type { types } from '@slack/bolt';
import { canBeUndone } from '../core/effect.ts';
import { isAddition, standingChanges } from '../core/standing-changes.ts';
import type { Run } from '../flow/ledger.ts';
import { outside } from './card-text.ts';
import { type CommandBlocks, commandBlocks, type TitledCommand } from './command-blocks.ts';
import { verifyLines } from './evidence-lines.ts';
import { fallbackText, type Message } from './message.ts';
import { artifactDetails, findingBlocks } from './result-lines.ts';
import { bold, linesBlock, plain, words } from './rich-text.ts';
import { isUndo } from './run-changes.ts';
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

/** Commands are never cut, so that what is beside them is. */
const COMMANDS = { commands: 20, characters: 6_000 } as const;
/** What is left to artifacts and findings beside as many commands as fit. */
const LEAST_CHARACTERS = 1_500;

const beside = (characters: number, commands: CommandBlocks): number =>
  Math.max(LEAST_CHARACTERS, characters - commands.characters);

/**
 * The details of a run, for the card's thread: how to put back by hand what it changed, every artifact with its notes,
 * and what was found under its titles.
 */
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
  const commands = commandBlocks(byHand(run), COMMANDS, `see /k8s status ${run.id}`);
  const { characters, ...limits } = evidence === undefined ? FINDINGS : FINDINGS_BESIDE_ARTIFACTS;
  return [
    ...commands.blocks,
    ...(evidence === undefined
      ? []
      : [
          linesBlock([
            ...artifactDetails(evidence, beside(ARTIFACT_CHARACTERS, commands)),
            ...verifyLines(evidence),
          ]),
        ]),
    ...findingBlocks(
      result.findings,
      { ...limits, characters: beside(characters, commands) },
      'not shown; name a container with -c to see less at a time',
    ),
  ];
};

/** What a person types who has kubectl and no Firebreak; what needs a look comes first. */
const byHand = (run: Run): readonly TitledCommand[] => {
  const changes = run.result?.changes ?? [];
  return [
    ...changes
      .filter(({ outcome }) => outcome === 'unknown')
      .map(({ command }) => ({ title: 'To look:', command })),
    // What was done last goes first.
    ...standingChanges(changes)
      .filter(({ outcome }) => outcome === 'applied')
      .toReversed()
      .map(({ command }) => ({
        title: !canBeUndone(run.plan.effect)
          ? 'To look, since it can’t be put back:'
          : isUndo(run)
            ? 'To do it again without Firebreak (it overwrites whatever stands there by then):'
            : 'To put it back without Firebreak (it overwrites whatever stands there by then):',
        command,
      })),
    ...changes
      .filter((change) => change.outcome === 'applied' && isAddition(change))
      .map(({ command }) => ({ title: 'To look at the container that stays until its deadline:', command })),
  ];
};
