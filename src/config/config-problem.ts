import type { Document, LineCounter } from 'yaml';
import { isMap, isNode, isScalar } from 'yaml';
import type { z } from 'zod';

/** One thing that is wrong in the file, with the line it stands on, counted from 1. */
export interface ConfigProblem {
  readonly line: number;
  readonly path: string;
  readonly message: string;
}

type Path = readonly PropertyKey[];

/** The line of the deepest part of `path` that stands in the file; a missing key is reported where it belongs. */
const lineOf = (document: Document, lines: LineCounter, path: Path): number => {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(last))
      : undefined;
    const node = pair?.key ?? document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
};

const written = (path: Path): string => path.map(String).join('.');

/** Puts what zod found next to the lines of the file. Each unknown key is a problem of its own. */
export const problemsOf = (
  error: z.ZodError,
  document: Document,
  lines: LineCounter,
  under: Path = [],
): readonly ConfigProblem[] =>
  error.issues.flatMap((issue) => {
    const path = [...under, ...issue.path];
    const at = (inner: Path, message: string): ConfigProblem => ({
      line: lineOf(document, lines, inner),
      path: written(inner),
      message,
    });
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => at([...path, key], 'this version does not act on this key'))
      : [at(path, issue.message)];
  });

/** A problem that this program found itself, put next to its line. */
export const problemAt = (
  path: Path,
  message: string,
  document: Document,
  lines: LineCounter,
): ConfigProblem => ({ line: lineOf(document, lines, path), path: written(path), message });
