/** What a line of a transcript is, which decides how a terminal shows it. */
export interface Line {
  readonly kind: 'head' | 'title' | 'text' | 'context' | 'buttons';
  readonly text: string;
}

/** A line with what stands before it, on each row that it is broken into. */
export interface PlacedLine extends Line {
  readonly indent: string;
}

export interface PrintOptions {
  /** Columns after which a line is broken between words; lines are not broken when left out. */
  readonly width?: number;
  /** 'ansi' uses bold and dim for a terminal; 'plain' (the default) has no escape sequences. */
  readonly style?: 'plain' | 'ansi';
}

const ESC = '\u001b[';
const BOLD = (text: string): string => `${ESC}1m${text}${ESC}22m`;
const DIM = (text: string): string => `${ESC}2m${text}${ESC}22m`;
const INVERSE = (text: string): string => `${ESC}7m${text}${ESC}27m`;

/** Shorter rows than this cannot be read; a narrower width is not followed. */
const LEAST_COLUMNS = 20;

export function printLines(lines: readonly PlacedLine[], { width, style = 'plain' }: PrintOptions): string {
  return lines
    .flatMap((line) => {
      const room = Math.max(LEAST_COLUMNS, (width ?? Number.POSITIVE_INFINITY) - line.indent.length);
      const bare = style === 'plain' ? emphasis(line.text, (text) => text) : line.text;
      return breakLine(bare, room).map((text) => ({ ...line, text }));
    })
    .map((line) => `${line.indent}${style === 'ansi' ? paint(line) : line.text}`.trimEnd())
    .join('\n');
}

/** Breaks between words, never inside a button's brackets; a word that is too long keeps its own row. */
function breakLine(text: string, room: number): readonly string[] {
  if (text.length <= room) return [text];
  const words = text.match(/\s*(?:\[[^\]]*\]|\S+)/g) ?? [];
  const rows: string[] = [];
  for (const word of words) {
    const last = rows.at(-1);
    if (last === undefined) rows.push(word);
    else if (last.length + word.length <= room) rows[rows.length - 1] = last + word;
    else rows.push(word.trimStart());
  }
  return rows;
}

function paint(line: Line): string {
  switch (line.kind) {
    case 'title':
      return BOLD(line.text);
    case 'context':
      return DIM(line.text);
    case 'buttons':
      return line.text.replace(/\[\d+ [^\]]*\]/g, INVERSE);
    case 'head':
      return line.text.replace(
        /^(\S+)( {2})(\S+)(.*)$/,
        (_, time: string, gap: string, who: string, rest: string) =>
          [DIM(time), gap, BOLD(who), rest === '' || rest.startsWith('  ▸') ? rest : DIM(rest)].join(''),
      );
    case 'text':
      return emphasis(line.text, BOLD);
    default: {
      const unknown: never = line.kind;
      return unknown;
    }
  }
}

/** mrkdwn's `*bold*` outside of code spans, handed to `bold` without its asterisks. */
function emphasis(text: string, bold: (text: string) => string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) =>
      part.startsWith('`')
        ? part
        : part.replace(
            /(^|[\s(>])\*(\S(?:[^*]*\S)?)\*(?=$|[\s).,:;!?])/g,
            (_, before: string, inside: string) => `${before}${bold(inside)}`,
          ),
    )
    .join('');
}
