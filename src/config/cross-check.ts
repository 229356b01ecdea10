import type { Document, LineCounter } from 'yaml';
import { z } from 'zod';
import { readKind } from '../core/kind.ts';
import { LINK_VERB, PLANNED_VERBS } from '../core/planned-verbs.ts';
import { PROVIDERS } from '../core/provider.ts';
import type { ConfigProblem } from './config-problem.ts';
import { problemAt } from './config-problem.ts';
import type { ConfigContext } from './context.ts';

/** Read loosely, so that a mistake in one part does not hide those in another. */
const looseSchema = z
  .looseObject({
    clusters: z.record(z.string(), z.unknown()).catch({}),
    channels: z
      .record(
        z.string(),
        z
          .looseObject({
            clusters: z.array(z.string()).catch([]),
            rules: z.array(z.looseObject({ verbs: z.array(z.string()).catch([]) })).catch([]),
          })
          .catch({ clusters: [], rules: [] }),
      )
      .catch({}),
  })
  .catch({ clusters: {}, channels: {} });

/** What only the whole file shows: names that clash, rules and channels that name what does not exist. */
export const crossCheck = (
  written: unknown,
  document: Document,
  lines: LineCounter,
  { verbs }: ConfigContext,
): readonly ConfigProblem[] => {
  const file = looseSchema.parse(written);
  const verbNames = [...verbs.map(({ name }) => name), LINK_VERB];
  const known = new Set<string>(['*', ...verbNames, ...PLANNED_VERBS]);
  const taken = new Set<string>([...PROVIDERS, ...known]);
  const problems: ConfigProblem[] = [];
  const report = (path: readonly (string | number)[], message: string): void => {
    problems.push(problemAt(path, message, document, lines));
  };
  for (const name of Object.keys(file.clusters))
    if (taken.has(name) || readKind(name) !== undefined)
      report(['clusters', name], 'a cluster may not be named like a provider, a verb or a kind');
  for (const [channel, { clusters, rules }] of Object.entries(file.channels)) {
    for (const [index, name] of clusters.entries())
      if (!Object.hasOwn(file.clusters, name))
        report(['channels', channel, 'clusters', index], `there is no cluster ${name} under clusters`);
    for (const [index, rule] of rules.entries())
      for (const [position, verb] of rule.verbs.entries())
        if (!known.has(verb))
          report(
            ['channels', channel, 'rules', index, 'verbs', position],
            `there is no verb ${verb}; this version has ${verbNames.join(', ')}`,
          );
  }
  return problems;
};
