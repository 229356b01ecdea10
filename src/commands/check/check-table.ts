import type { CheckedPart, CheckRow, Verdict } from '../../flow/check/check-row.ts';

const WIDTH = 100;
const INDENT = '  ';
const VERDICT_WIDTH = 'not checked'.length;
const LONGEST_WHAT = 32;
/** Loud where something has to be done. */
const SHOWN: Readonly<Record<Verdict, string>> = {
  ok: 'ok',
  warning: 'WARNING',
  failed: 'FAILED',
  'not checked': 'not checked',
};

/** Text from a cluster or a cloud can't move the cursor, nor turn the reading direction. */
const clean = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();

/** Words on lines of at most so many characters; a longer word is cut. */
const wrap = (text: string, width: number): readonly string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of clean(text)
    .split(/\s+/u)
    .flatMap((one) => one.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [])) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
};

const rowLines = ({ what, verdict, found, next }: CheckRow, whatWidth: number): readonly string[] => {
  const left = INDENT.length + VERDICT_WIDTH + 2 + whatWidth + 2;
  const under = ' '.repeat(left);
  const head = `${INDENT}${SHOWN[verdict].padEnd(VERDICT_WIDTH)}  ${clean(what).padEnd(whatWidth)}  `;
  const [first = '', ...more] = wrap(found, WIDTH - left);
  const [todo, ...rest] = next === undefined ? [] : wrap(next, WIDTH - left - 2);
  return [
    `${head}${first}`.trimEnd(),
    ...more.map((line) => `${under}${line}`),
    ...(todo === undefined ? [] : [`${under}→ ${todo}`]),
    ...rest.map((line) => `${under}  ${line}`),
  ];
};

const count = (parts: readonly CheckedPart[], verdict: Verdict): number =>
  parts.flatMap(({ rows }) => rows).filter((row) => row.verdict === verdict).length;

const summary = (parts: readonly CheckedPart[]): string => {
  const [failed, warnings, unseen] = [
    count(parts, 'failed'),
    count(parts, 'warning'),
    count(parts, 'not checked'),
  ];
  return `${failed} failed, ${warnings} warning${warnings === 1 ? '' : 's'}, ${unseen} not checked.`;
};

/** A table of plain text, at most 100 columns wide, with a count at its end. */
export const checkTable = (parts: readonly CheckedPart[]): string => {
  const whats = parts.flatMap(({ rows }) => rows.map(({ what }) => clean(what).length));
  const whatWidth = Math.min(LONGEST_WHAT, Math.max(0, ...whats));
  const sections = parts.map(({ title, rows }) =>
    [clean(title), ...rows.flatMap((row) => rowLines(row, whatWidth))].join('\n'),
  );
  return `${[...sections, summary(parts)].join('\n\n')}\n`;
};
