import { nearest } from './nearest.ts';

/** What was typed can't be read: why, in one sentence, and a complete command of that very verb. */
export interface Mistake {
  readonly kind: 'mistake';
  readonly sentence: string;
  readonly example: string;
}

export const mistake = (sentence: string, example: string): Mistake => ({
  kind: 'mistake',
  sentence,
  example,
});

/** ` Did you mean …?`, or nothing where no word is near. */
export const didYouMean = (typed: string, words: readonly string[]): string => {
  const near = nearest(typed, words);
  return near === undefined ? '' : ` Did you mean \`${near}\`?`;
};
