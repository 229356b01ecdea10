/** One word of a POSIX shell command, whatever it holds. */
export const shellQuote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
