import { expressionMatches, type LabelSelector, type Labels } from '../../labels/label-selector.ts';

/** Whether a selector selects. `may`: it asks for something that was not read, or in words that are not understood. */
export type Match = 'yes' | 'no' | 'may';

/** Labels of an object. `partly`: it may have more than these, of which nothing is known. */
export interface KnownLabels {
  readonly labels: Labels;
  readonly known: 'all' | 'partly';
}

export const allOf = (matches: readonly Match[]): Match =>
  matches.includes('no') ? 'no' : matches.includes('may') ? 'may' : 'yes';

export const anyOf = (matches: readonly Match[]): Match =>
  matches.includes('yes') ? 'yes' : matches.includes('may') ? 'may' : 'no';

export const opposite = (match: Match): Match => (match === 'yes' ? 'no' : match === 'no' ? 'yes' : 'may');

/** What a label's value decides; nothing where the label was not read. */
export const decidedBy = (
  key: string,
  { labels, known }: KnownLabels,
  decide: (value: string | undefined) => boolean,
): Match => {
  if (labels[key] === undefined && known === 'partly') return 'may';
  return decide(labels[key]) ? 'yes' : 'no';
};

/** A Kubernetes selector against labels of which some may not be known. An empty one selects everything. */
export const matchSelector = ({ matchLabels, matchExpressions }: LabelSelector, known: KnownLabels): Match =>
  allOf([
    ...Object.entries(matchLabels).map(([key, wanted]) => decidedBy(key, known, (value) => value === wanted)),
    ...matchExpressions.map((expression) =>
      decidedBy(expression.key, known, () => expressionMatches(expression, known.labels)),
    ),
  ]);
