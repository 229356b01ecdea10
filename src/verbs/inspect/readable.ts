import { FirebreakError } from '../../core/firebreak-error.ts';

/** Reads that may be forbidden without making the answer useless: the line then says what could not be read. */
export const readable = async <Value>(
  work: () => Promise<Value>,
): Promise<
  { readonly kind: 'read'; readonly value: Value } | { readonly kind: 'not read'; readonly why: string }
> => {
  try {
    return { kind: 'read', value: await work() };
  } catch (thrown) {
    if (thrown instanceof FirebreakError && (thrown.code === 'not-allowed' || thrown.code === 'not-found'))
      return { kind: 'not read', why: thrown.message };
    throw thrown;
  }
};
