import type { Run } from '../flow/ledger.ts';
import { bytesText } from './amounts.ts';
import { linesMessage } from './lines-message.ts';
import type { Message } from './message.ts';
import { artifactSummary, verifyLines } from './result-lines.ts';
import { bold, type Line, plain, sentence, user, words } from './rich-text.ts';
import { runTitle, runVerdict } from './run-title.ts';

const END_ARTIFACTS = 8;

/** The last word on a run, to the person who asked: verdict, artifacts, where they are, how to verify them. */
export const renderEnd = (run: Run): Message =>
  linesMessage([
    [
      user(run.requester.user),
      words(' '),
      bold(runVerdict(run)),
      words(' '),
      plain(`${runTitle(run)} (${run.id})`, 300),
    ],
    ...resultLines(run),
  ]);

const resultLines = (run: Run): readonly Line[] => {
  const { result } = run;
  if (result === undefined) return [[words(nextStep(run))]];
  const { evidence } = result;
  return [
    ...(result.failure === undefined ? [] : [sentence(result.failure, 900)]),
    ...(result.summary === '' ? [] : [sentence(result.summary, 900)]),
    ...(evidence === undefined ? [] : evidenceLines(evidence)),
  ];
};

const evidenceLines = (evidence: Parameters<typeof verifyLines>[0]): readonly Line[] => {
  const bytes = evidence.artifacts.reduce((sum, each) => sum + each.bytes, 0);
  return [
    [
      words(`${evidence.artifacts.length} artifacts, ${bytesText(bytes)}, bundle `),
      bold(evidence.completeness),
      words('.'),
    ],
    ...artifactSummary(evidence, END_ARTIFACTS, 'with hashes'),
    ...verifyLines(evidence),
  ];
};

const nextStep = (run: Run): string => {
  switch (run.state) {
    case 'denied':
      return 'Nothing was done.';
    case 'expired':
      return 'Nobody decided in time, so nothing was done. Press Ask again on the card.';
    case 'cancelled':
      return 'It was stopped. Type the command again to start over.';
    case 'planned':
    case 'queued':
    case 'running':
    case 'succeeded':
    case 'incomplete':
    case 'failed':
      return 'The card holds the rest.';
  }
};
