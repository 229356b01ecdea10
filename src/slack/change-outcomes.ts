import type { types } from '@slack/bolt';
import type { Write } from '../core/change.ts';
import { isMark } from '../core/marks.ts';
import { sameWrite } from '../core/same-write.ts';
import { isPassing } from '../core/standing-changes.ts';
import { targetName } from '../core/target.ts';
import type { ReportedChange, Run } from '../flow/ledger.ts';
import { changeLines, namingOf } from './change-lines.ts';
import { limitLines } from './limit-lines.ts';
import { bold, type Line, linesBlock, listBlock, words } from './rich-text.ts';

/** Of each list. */
const LIMITS = { lines: 8, characters: 1_000 } as const;

const NAME_CHARACTERS = 150;

/** The one that needs a person first. */
const OUTCOMES = ['unknown', 'applied', 'not applied'] as const;
const TITLES = {
  unknown: 'NOT KNOWN whether this was changed',
  applied: 'Changed',
  'not applied': 'Not changed',
} as const satisfies Readonly<Record<ReportedChange['outcome'], string>>;

/** What became of some of the writes. Without lines the title says it all. */
export interface Outcome {
  readonly title: string;
  readonly lines: readonly Line[];
}

/**
 * What became of everything that the plan would write, in words. A write that no change is reported for was never
 * applied: its intent is written down before it is sent.
 */
export const outcomesOf = ({ plan, result }: Run): readonly Outcome[] => {
  const changes = result?.changes ?? [];
  const writes: readonly (Write & Pick<ReportedChange, 'outcome'>)[] = [
    ...changes,
    ...plan.writes
      .filter((write) => !changes.some((change) => sameWrite(change, write)))
      .map((write) => ({ ...write, outcome: 'not applied' as const })),
  ];
  if (writes.length > 0 && writes.every(({ outcome }) => outcome === 'not applied'))
    return [{ title: 'Nothing was changed.', lines: [] }];
  const naming = namingOf(writes);
  return OUTCOMES.map((outcome) => {
    const of = writes.filter((write) => write.outcome === outcome);
    const passed = of.filter((write) => isPassing(write, writes));
    return {
      title: TITLES[outcome],
      lines: [
        ...changeLines(
          of
            .filter((write) => !passed.includes(write))
            // A mark says who holds an object. Where nothing was changed nobody asks.
            .map(({ object, fields }) => ({
              object,
              fields: outcome === 'not applied' ? fields.filter((field) => !isMark(field)) : fields,
            })),
          naming,
          outcome === 'applied' ? 'done' : 'to be done',
        ),
        ...passedLines(passed),
      ],
    };
  }).filter(({ lines }) => lines.length > 0);
};

/** What a run made for itself and took away again. */
const passedLines = (writes: readonly Write[]): readonly Line[] =>
  [...new Set(writes.map(({ object }) => targetName(object)))].map((name) => [
    words('Created and took away again '),
    bold(name, NAME_CHARACTERS),
  ]);

/** The same for the card: a list for each outcome. */
export const outcomeBlocks = (run: Run): readonly types.RichTextBlock[] =>
  outcomesOf(run).map(({ title, lines }) =>
    lines.length === 0
      ? linesBlock([[bold(title)]])
      : listBlock(title, limitLines(lines, LIMITS, `with /k8s status ${run.id}`)),
  );
