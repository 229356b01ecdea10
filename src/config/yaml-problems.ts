import type { Document, LineCounter } from 'yaml';
import { visit } from 'yaml';
import type { ConfigProblem } from './config-problem.ts';

/** What is wrong with the text before its meaning is looked at. A tag without a meaning is one: nothing is ignored. */
export const yamlProblems = (document: Document.Parsed, lines: LineCounter): readonly ConfigProblem[] => {
  const problems: ConfigProblem[] = [...document.errors, ...document.warnings].map(
    ({ linePos, message }) => ({
      line: linePos?.[0].line ?? 1,
      path: '',
      message: message.split('\n')[0] ?? message,
    }),
  );
  if (problems.length > 0) return problems;
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) !== undefined) return;
      const line = alias.range ? lines.linePos(alias.range[0]).line : 1;
      problems.push({ line, path: '', message: `the alias *${alias.source} has no anchor before it` });
    },
  });
  return problems;
};
