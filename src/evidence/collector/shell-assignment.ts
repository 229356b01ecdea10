import { shellWord } from '../../core/shell-word.ts';

/**
 * One assignment in POSIX sh whose value is taken byte for byte. Throws on a name that is not the collector's and on NUL,
 * which no shell can hold.
 */
export const shellAssignment = (name: string, value: string): string => {
  if (!/^FB_[A-Z0-9_]+$/.test(name))
    throw new TypeError(`${JSON.stringify(name)} is no name of the collector`);
  if (value.includes('\0')) throw new TypeError(`a shell can not hold the NUL in ${name}`);
  return `${name}=${shellWord(value)}\n`;
};
