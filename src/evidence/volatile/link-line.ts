/** `stat -c %N` of GNU coreutils with QUOTING_STYLE=c, or of busybox, which quotes nothing inside its quotes. */
export type LinkQuoting = 'c' | 'none';

export interface Link {
  readonly pid: number;
  /** `exe`, `cwd`, `root`, `ns/net`, `fd/3`. */
  readonly name: string;
  readonly target: Buffer;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

const undoC = (text: string): string =>
  text.replace(/\\([0-7]{3}|[\s\S])/g, (_whole, escaped: string) =>
    escaped.length === 3 ? String.fromCharCode(Number.parseInt(escaped, 8)) : (ESCAPES[escaped] ?? escaped),
  );

// Before coreutils 8.25 QUOTING_STYLE is ignored and the quotes are single, with the same escapes inside.
const FORMS: Readonly<Record<LinkQuoting, RegExp>> = {
  c: /^["']\/proc\/(\d+)\/([a-z]+(?:\/[a-z0-9_]+)?)["'] -> (["'])((?:\\[\s\S]|(?!\3)[\s\S])*)\3\n*$/,
  none: /^'\/proc\/(\d+)\/([a-z]+(?:\/[a-z0-9_]+)?)' -> '([\s\S]*)'\n*$/,
};

/** stat names a link that it may not read, and says nothing of where it leads. */
const UNREADABLE = /^["']\/proc\/\d+\/[a-z]+(?:\/[a-z0-9_]+)?["']\n*$/;

/** Reads one line, bytes as latin1. Undefined when it has another shape. */
export const readLink = (line: string, quoting: LinkQuoting): Link | 'unreadable' | undefined => {
  if (UNREADABLE.test(line)) return 'unreadable';
  const found = FORMS[quoting].exec(line);
  const pid = Number(found?.[1]);
  const name = found?.[2];
  const target = quoting === 'c' ? undoC(found?.[4] ?? '') : found?.[3];
  if (found === null || name === undefined || target === undefined) return undefined;
  return { pid, name, target: Buffer.from(target, 'latin1') };
};
