import { SAID } from '../../core/read-flags.ts';
import type { Arguments } from '../../core/verb.ts';
import { notPlanned } from '../changes/change-words.ts';

/** `4 h`, `90 min`, `45 s`. */
const inWords = (seconds: number): string =>
  seconds % 3_600 === 0
    ? `${seconds / 3_600} h`
    : seconds % 60 === 0
      ? `${seconds / 60} min`
      : `${seconds} s`;

const RELEASES = 'then-release';

/** What the card says of `--for`; nothing without it. Throws `conflict` for a release without a time. */
export const timeLimit = (given: Arguments): readonly string[] => {
  const seconds = given['for'];
  if (typeof seconds !== 'number') {
    if (given[RELEASES] === SAID) throw notPlanned('`--then-release` needs a time.', 'Add `--for 4h`.');
    return [];
  }
  return given[RELEASES] === SAID
    ? [
        `Opens its network by itself after ${inWords(seconds)}, under this approval; a detached pod stays out of its controller.`,
      ]
    : [`Asks the channel after ${inWords(seconds)} whether to release it, and releases nothing by itself.`];
};
