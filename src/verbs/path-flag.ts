import { z } from 'zod';

const MAX_PATH_LENGTH = 4096;

/** One absolute path without `..`, as a list of one, so that a repeated flag adds up. */
export const absolutePath = z.string().transform((typed, context) => {
  const parts = typed.split('/');
  const fine =
    typed.startsWith('/') &&
    typed !== '/' &&
    !parts.includes('..') &&
    !typed.includes('\0') &&
    typed.length <= MAX_PATH_LENGTH;
  if (fine) return [typed];
  context.addIssue({
    code: 'custom',
    message: 'an absolute path without `..` is expected, such as /var/lib/data',
  });
  return z.NEVER;
});
