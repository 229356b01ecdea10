import type { FieldChange, FieldValue, Write } from '../core/change.ts';
import { fieldName, valueText } from '../core/field-at.ts';
import { isMark, pathKey, RUN_PATH } from '../core/marks.ts';
import { isObjectPath, isStructure } from '../core/structure.ts';
import { targetName } from '../core/target.ts';
import { bold, code, type Line, type Part, plain, words } from './rich-text.ts';

/** A label's key has up to 317 characters, its value 63; an annotation's value may be far longer. */
const FIELD_CHARACTERS = 330;
const VALUE_CHARACTERS = 120;
const NAME_CHARACTERS = 150;

/** What stands in an object is code; what Firebreak says of it is not, so that the word `absent` is told from nothing. */
const valuePart = (value: FieldValue): Part =>
  value === null || value === '' ? words(valueText(value)) : code(valueText(value), VALUE_CHARACTERS);

/** Whether it is said of what will be done, or may have been, or of what was. */
export type Tense = 'to be done' | 'done';
const WORDS = {
  'to be done': { make: 'Creates ', take: 'Takes away ', add: 'Adds the ephemeral container ' },
  done: { make: 'Created ', take: 'Took away ', add: 'Added the ephemeral container ' },
} as const satisfies Readonly<Record<Tense, unknown>>;

/** `Creates networkpolicy/firebreak-fb-2026-0007-3 in shop`; what a body holds is too long for a card. */
const structureLine = (
  { object }: Pick<Write, 'object'>,
  { path, after }: FieldChange,
  tense: Tense,
): Line => {
  const { make, take, add } = WORDS[tense];
  const name = bold(targetName(object), NAME_CHARACTERS);
  return isObjectPath(path)
    ? [words(after === null ? take : make), name]
    : [words(add), bold(path.at(-1) ?? '', NAME_CHARACTERS), words(' to '), name];
};

/** `label quarantine: absent ▶ true` */
const fieldLine = (field: FieldChange): Line => [
  bold(fieldName(field), FIELD_CHARACTERS),
  words(': '),
  valuePart(field.before),
  words(' ▶ '),
  valuePart(field.after),
];

const markName = (field: FieldChange): string => (pathKey(field.path) === pathKey(RUN_PATH) ? 'run' : 'case');

/** `marked with case FB-2026-0007 and run FB-2026-0007-1`, or which marks are taken off. */
const markLines = (fields: readonly FieldChange[]): readonly Line[] => {
  const marks = fields.filter(isMark).toSorted((a, b) => markName(a).localeCompare(markName(b)));
  const line = (
    how: string,
    which: readonly FieldChange[],
    value: (field: FieldChange) => FieldValue,
  ): Line =>
    which.flatMap((field, index) => [
      words(`${index === 0 ? how : ' and'} ${markName(field)} `),
      valuePart(value(field)),
    ]);
  return [
    line(
      'marked with',
      marks.filter(({ after }) => after !== null),
      ({ after }) => after,
    ),
    line(
      'no longer marked with',
      marks.filter(({ after }) => after === null),
      ({ before }) => before,
    ),
  ].filter(({ length }) => length > 0);
};

/** How many objects a list is about; with several each line names its own. */
export type Naming = 'one object' | 'several objects';

export const namingOf = (writes: readonly Pick<Write, 'object'>[]): Naming =>
  new Set(writes.map(({ object }) => object.uid)).size > 1 ? 'several objects' : 'one object';

/** A run that writes one object several times marks it each time. */
const once = (lines: readonly Line[]): readonly Line[] => [
  ...new Map(lines.map((line) => [JSON.stringify(line), line])).values(),
];

/** One line a field, then the marks. Everything in them comes from outside and is cleaned. */
export const changeLines = (
  writes: readonly Write[],
  naming: Naming,
  tense: Tense = 'to be done',
): readonly Line[] => {
  const named = ({ object }: Pick<Write, 'object'>, line: Line): Line =>
    naming === 'one object' ? line : [plain(targetName(object), NAME_CHARACTERS), words(': '), ...line];
  return [
    ...writes.flatMap((write) =>
      write.fields
        .filter((field) => !isMark(field))
        .map((field) =>
          isStructure(field.path) ? structureLine(write, field, tense) : named(write, fieldLine(field)),
        ),
    ),
    ...once(writes.flatMap((write) => markLines(write.fields).map((line) => named(write, line)))),
  ];
};
