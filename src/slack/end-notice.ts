import type { Run } from '../flow/ledger.ts';
import { bytesText } from './amounts.ts';
import { outcomesOf } from './change-outcomes.ts';
import { verifyLines } from './evidence-lines.ts';
import { limitLines } from './limit-lines.ts';
import { linesMessage } from './lines-message.ts';
import type { Message } from './message.ts';
import { artifactSummary } from './result-lines.ts';
import { bold, code, type Line, plain, sentence, user, words } from './rich-text.ts';
import { isInDoubt, undoable } from './run-changes.ts';
import { runTitle, runVerdict } from './run-title.ts';

const END_ARTIFACTS = 8;
const END_CHANGES = { lines: 6, characters: 800 } as const;

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
    ...changedLines(run),
    ...(evidence === undefined ? [] : evidenceLines(evidence)),
  ];
};

const changedLines = (run: Run): readonly Line[] => [
  ...outcomesOf(run).flatMap(({ title, lines }) => [
    [bold(title)],
    ...limitLines(
      lines.map((line) => [words('• '), ...line]),
      END_CHANGES,
      'on the card',
    ),
  ]),
  ...(undoable(run)
    ? [
        ...(run.state === 'failed' || run.state === 'cancelled'
          ? [
              [
                words('What it did until then stays in force, until somebody types '),
                code(`/k8s undo ${run.id}`),
                words('.'),
              ],
            ]
          : []),
        [
          words(
            isInDoubt(run)
              ? 'Look first: the kubectl command is in the thread of the card. Undo is on the card.'
              : 'Undo is on the card; the kubectl command that does it by hand is in its thread.',
          ),
        ],
      ]
    : []),
  ...(run.plan.effect === 'irreversible' && (run.result?.changes ?? []).length > 0
    ? [[words('What it did is irreversible: there is no undo.')]]
    : []),
];

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
