import type { Reply } from '../flow/use-cases.ts';
import { limitLines } from './limit-lines.ts';
import { linesMessage } from './lines-message.ts';
import type { Message } from './message.ts';
import { bold, type Line, plain, sentence, words } from './rich-text.ts';

type Checked = Extract<Reply, { readonly kind: 'checked' }>;
type Part = Checked['parts'][number];
type Row = Part['rows'][number];

const LINES = { lines: 80, characters: 8_000 } as const;
/** What needs somebody stands first; a screen on a phone is short. */
const LOUD = { failed: 'FAILED', warning: 'warning', 'not checked': 'not checked' } as const;

const rowText = ({ what, told }: Row): string => (told === '' ? what : `${what}: ${told}`);

const loudLines = (rows: readonly Row[], verdict: keyof typeof LOUD): readonly Line[] =>
  rows
    .filter((row) => row.verdict === verdict)
    .map((row) => [
      verdict === 'failed' ? bold(LOUD[verdict]) : words(LOUD[verdict]),
      words(' · '),
      plain(rowText(row)),
    ]);

/** Failures, warnings, what was not looked at; then all that is well, on one line. */
const partLines = ({ title, rows }: Part): readonly Line[] => {
  const well = rows.filter(({ verdict }) => verdict === 'ok').map(rowText);
  return [
    [bold(title)],
    ...loudLines(rows, 'failed'),
    ...loudLines(rows, 'warning'),
    ...loudLines(rows, 'not checked'),
    ...(well.length === 0 ? [] : [[words('ok · '), plain(well.join(', '), 1_000)]]),
  ];
};

/** Parts with a failure first: a message has an end, and what is cut off must not be what needs somebody. */
const failuresFirst = (parts: readonly Part[]): readonly Part[] => {
  const hasFailed = ({ rows }: Part): boolean => rows.some(({ verdict }) => verdict === 'failed');
  return [...parts.filter(hasFailed), ...parts.filter((part) => !hasFailed(part))];
};

/** What a check found, for the one who asked: names and verdicts. */
export const checkMessage = ({ text, parts }: Checked): Message =>
  linesMessage([
    sentence(text),
    ...limitLines(failuresFirst(parts).flatMap(partLines), LINES, 'lines; check one cluster at a time'),
  ]);
