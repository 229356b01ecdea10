import type { types } from '@slack/bolt';
import type { Method, Plan } from '../core/plan.ts';
import { isStructure } from '../core/structure.ts';
import { changeLines, namingOf } from './change-lines.ts';
import { type LineLimits, limitLines } from './limit-lines.ts';
import { bold, code, type Line, linesBlock, listBlock, plain, sentence, words } from './rich-text.ts';

/** Characters and lines of each list; together with the targets they stay below what one message takes. */
const LIMITS = { lines: 8, characters: 1_300 } as const;
/** What changes decides most, and its lines are short. */
const CHANGE_LIMITS = { lines: 18, characters: 1_600 } as const;

/** What the approver has to know before pressing: risks first, then what changes, what runs and what stays behind. */
export const effectBlocks = (plan: Plan, run: string): readonly types.RichTextBlock[] => {
  const rest = `with /k8s status ${run}`;
  const list = (title: string, lines: readonly Line[], limits: LineLimits = LIMITS) =>
    lines.length === 0 ? [] : [listBlock(title, limitLines(lines, limits, rest))];
  return [
    ...list(
      'Risks',
      plan.risks.map((risk) => sentence(risk)),
    ),
    ...list('Will change', changeLines(plan.writes, namingOf(plan.writes)), CHANGE_LIMITS),
    ...(holdsObjects(plan) ? [linesBlock([[words('Each object whole: '), code(`/k8s status ${run}`)]])] : []),
    ...list('Will run', plan.methods.map(methodLine)),
    ...list(
      'Leaves behind',
      plan.leaves.map((leaf) => sentence(leaf)),
    ),
    ...list(
      'Notes',
      plan.notes.map((note) => sentence(note)),
    ),
    linesBlock([
      plan.evidence === ''
        ? [bold('Evidence:'), words(' '), words('none is kept')]
        : [bold('Evidence:'), words(' '), code(plan.evidence)],
    ]),
  ];
};

/** Whether something is written as a whole, of which the card says the name alone. */
const holdsObjects = ({ writes }: Plan): boolean =>
  writes.some(({ fields }) => fields.some(({ path, after }) => isStructure(path) && after !== null));

const methodLine = (method: Method): Line => [
  ...sentence(method.what),
  ...(method.container === undefined ? [] : [words(' in '), bold(method.container)]),
  ...(method.creates === '' ? [] : [words('; creates '), plain(method.creates)]),
];
