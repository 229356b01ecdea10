import type { types } from '@slack/bolt';
import type { Write } from '../core/change.ts';
import { isMark } from '../core/marks.ts';
import type { ReportedChange, Run } from '../flow/ledger.ts';
import { changeLines, namingOf } from './change-lines.ts';
import { limitLines } from './limit-lines.ts';
import { bold, type Line, linesBlock, listBlock } from './rich-text.ts';

/** Of each list. */
const LIMITS = { lines: 8, characters: 1_000 } as const;

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
  const reported = new Set(changes.map(({ object }) => object.uid));
  const writes: readonly (Write & Pick<ReportedChange, 'outcome'>)[] = [
    ...changes,
    ...plan.writes
      .filter(({ object }) => !reported.has(object.uid))
      .map((write) => ({ ...write, outcome: 'not applied' as const })),
  ];
  if (writes.length > 0 && writes.every(({ outcome }) => outcome === 'not applied'))
    return [{ title: 'Nothing was changed.', lines: [] }];
  const naming = namingOf(writes);
  return OUTCOMES.map((outcome) => ({
    title: TITLES[outcome],
    lines: changeLines(
      writes
        .filter((write) => write.outcome === outcome)
        // A mark says who holds an object. Where nothing was changed nobody asks.
        .map(({ object, fields }) => ({
          object,
          fields: outcome === 'not applied' ? fields.filter((field) => !isMark(field)) : fields,
        })),
      naming,
    ),
  })).filter(({ lines }) => lines.length > 0);
};

/** The same for the card: a list for each outcome. */
export const outcomeBlocks = (run: Run): readonly types.RichTextBlock[] =>
  outcomesOf(run).map(({ title, lines }) =>
    lines.length === 0
      ? linesBlock([[bold(title)]])
      : listBlock(title, limitLines(lines, LIMITS, `with /k8s status ${run.id}`)),
  );
