/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours count one each. */
const distance = (a: string, b: string): number => {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0;
  for (let i = 1; i <= a.length; i += 1) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j += 1) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      rows[i]?.push(
        Math.min(
          at(i - 1, j) + 1,
          at(i, j - 1) + 1,
          at(i - 1, j - 1) + change,
          swap ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(a.length, b.length);
};

/** Longer words are not compared: nobody mistypes a verb into a hundred letters. */
const MAX_WORD_LENGTH = 64;

/** The closest of `words` when it is close enough to be what was meant: at most a third of its letters differ. */
export const nearest = (typed: string, words: readonly string[]): string | undefined => {
  if (typed.length > MAX_WORD_LENGTH) return undefined;
  const lower = typed.toLowerCase();
  const [best] = words
    .map((word) => ({ word, away: distance(lower, word.toLowerCase()) }))
    .toSorted((a, b) => a.away - b.away);
  return best !== undefined && best.away <= Math.max(1, Math.floor(best.word.length / 3))
    ? best.word
    : undefined;
};
