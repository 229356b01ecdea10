import type { types } from '@slack/bolt';
import type { Run } from '../flow/ledger.ts';
import { cardButtons } from './card-buttons.ts';
import { effectBlocks } from './card-effects.ts';
import { progressBlock } from './card-progress.ts';
import { bindingBlock, decisionLines, policyLine, requestBlock } from './card-request.ts';
import { targetNamesBlock, targetsBlock } from './card-targets.ts';
import { cardText } from './card-text.ts';
import { outcomeBlocks } from './change-outcomes.ts';
import { referenceLine } from './evidence-lines.ts';
import { headerBlock } from './header-block.ts';
import type { Message } from './message.ts';
import { artifactSummary, findingBlocks } from './result-lines.ts';
import { bold, code, type Line, linesBlock, sentence, user, words } from './rich-text.ts';
import { runTitle, runVerdict } from './run-title.ts';

/** What a read found is shown in the card itself: up to 40 lines, above which the flow opens a thread for them. */
const CARD_FINDINGS = { blocks: 40, linesEach: 40, lineCharacters: 200, characters: 8_500 } as const;
/** Beside evidence or changes, whose details always have a thread. */
const FINDINGS_BESIDE_OTHERS = {
  blocks: 12,
  linesEach: 20,
  lineCharacters: 200,
  characters: 3_000,
} as const;
/** Their hashes are in the end's message and in the thread. */
const CARD_ARTIFACTS = 6;

/**
 * The one message of a run, as it shall stand in the channel now: the verdict first, then what decides. At most 50
 * blocks and about 10,000 characters (docs.slack.dev, "Block Kit").
 */
export const renderCard = (run: Run, now: Date): Message => ({
  text: cardText(run),
  blocks: [headerBlock(`${runVerdict(run)} ${runTitle(run)}`), ...body(run, now), ...cardButtons(run)],
});

const body = (run: Run, now: Date): readonly types.KnownBlock[] => {
  switch (run.state) {
    case 'planned':
      return [
        linesBlock([policyLine(run), ...decisionLines(run)]),
        requestBlock(run),
        targetsBlock(run.plan, run.id),
        ...effectBlocks(run.plan, run.id),
        bindingBlock(run),
      ];
    case 'queued':
    case 'running':
      return [progressBlock(run, now), ...settled(run)];
    case 'succeeded':
    case 'incomplete':
    case 'failed':
      return [...resultBlocks(run), ...settled(run)];
    case 'denied':
      return [
        linesBlock([[words('Nothing was done.')], ...decisionLines(run)]),
        ...settled(run, 'without decisions'),
      ];
    case 'expired':
      return [
        linesBlock([
          [words('Nobody decided in time, so nothing was done. Press Ask again to ask with a fresh plan.')],
        ]),
        ...settled(run),
      ];
    case 'cancelled':
      return [linesBlock(cancelledLines(run)), ...outcomeBlocks(run), ...settled(run)];
  }
};

/** Who reads that something was changed has to read that it is no longer so. */
const undoneLine = ({ undoneBy }: Run): readonly Line[] =>
  undoneBy === undefined ? [] : [[bold('Undone by'), words(' '), code(undoneBy), words('.')]];

const cancelledLines = (run: Run): readonly Line[] => [
  ...undoneLine(run),
  run.cancelRequestedBy === undefined
    ? [words('It was stopped.')]
    : [words('Stopped by '), user(run.cancelRequestedBy.user), words('.')],
  ...(run.result?.evidence === undefined ? [] : [referenceLine(run.result.evidence)]),
];

const resultBlocks = (run: Run): readonly types.KnownBlock[] => {
  const { result } = run;
  if (result === undefined) return [];
  const lines: readonly Line[] = [
    ...undoneLine(run),
    ...(result.failure === undefined ? [] : [sentence(result.failure, 900)]),
    ...(result.summary === '' ? [] : [sentence(result.summary, 900)]),
    ...(result.evidence === undefined
      ? []
      : [
          ...artifactSummary(result.evidence, CARD_ARTIFACTS, 'without hashes'),
          referenceLine(result.evidence),
        ]),
  ];
  return [
    ...(lines.length === 0 ? [] : [linesBlock(lines)]),
    ...outcomeBlocks(run),
    ...findingBlocks(
      result.findings,
      result.evidence === undefined && run.plan.writes.length === 0 ? CARD_FINDINGS : FINDINGS_BESIDE_OTHERS,
      'in the thread',
    ),
  ];
};

/** What stays on the card once there is nothing to decide: who, why, what, and who approved. */
const settled = (run: Run, decisions: 'with decisions' | 'without decisions' = 'with decisions') => [
  requestBlock(run),
  ...(run.plan.targets.length === 0 ? [] : [targetNamesBlock(run.plan, run.id)]),
  ...(decisions === 'with decisions' && run.decisions.length > 0 ? [linesBlock(decisionLines(run))] : []),
  bindingBlock(run),
];
