/**
 * One word of a POSIX shell, taken byte for byte: single quotes keep everything but themselves.
 * Source: POSIX.1-2024, Shell Command Language, 2.2.2.
 */
export const shellWord = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
