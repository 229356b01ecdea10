import type { Arguments } from '../../core/verb.ts';

/** `4 h`, `90 min`, `45 s`. */
const inWords = (seconds: number): string =>
  seconds % 3_600 === 0
    ? `${seconds / 3_600} h`
    : seconds % 60 === 0
      ? `${seconds / 60} min`
      : `${seconds} s`;

/** What the card says of `--for`; nothing without it. */
export const timeLimit = (given: Arguments): readonly string[] =>
  typeof given['for'] === 'number'
    ? [
        `Asks the channel after ${inWords(given['for'])} whether to release it, and releases nothing by itself.`,
      ]
    : [];
