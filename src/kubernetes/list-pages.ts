import { z } from 'zod';
import { FirebreakError } from '../core/firebreak-error.ts';

const pageSchema = z.object({
  items: z.array(z.unknown()).nullish(),
  metadata: z.object({ continue: z.string().optional() }).optional(),
});

/** A list that changes faster than its pages can be read. */
const RESTARTS = 3;
/** At 500 items a page. A server whose list has no end would otherwise fill the memory. */
const LONGEST_LIST_ITEMS = 100_000;

/**
 * All items of a list, page by page. The API server forgets the state a list began with after some minutes and
 * answers 410; then the list begins again, for a mixture of two states would miss objects.
 * `page` gets the continue token, undefined for the first page. Source: Kubernetes API concepts, "Retrieving large
 * result sets in chunks".
 */
export const listPages = async (
  page: (continueToken: string | undefined) => Promise<unknown>,
): Promise<readonly unknown[]> => {
  for (let restart = 0; ; restart += 1) {
    try {
      return await allPages(page);
    } catch (error) {
      const gone =
        error instanceof FirebreakError && error.cause instanceof Error && error.cause.message === 'HTTP 410';
      if (!gone || restart >= RESTARTS) throw error;
    }
  }
};

const allPages = async (
  page: (continueToken: string | undefined) => Promise<unknown>,
): Promise<readonly unknown[]> => {
  const items: unknown[] = [];
  let continueToken: string | undefined;
  do {
    const parsed = pageSchema.safeParse(await page(continueToken));
    if (!parsed.success) {
      throw new FirebreakError({
        code: 'cluster-answer',
        message: 'The cluster answered a list with something that is not a list.',
        next: 'Check that the address is that of a Kubernetes API.',
      });
    }
    for (const item of parsed.data.items ?? []) items.push(item);
    if (items.length > LONGEST_LIST_ITEMS) throw endlessList();
    const next = parsed.data.metadata?.continue ?? '';
    if (next !== '' && next === continueToken) throw repeatedPage();
    continueToken = next === '' ? undefined : next;
  } while (continueToken !== undefined);
  return items;
};

const repeatedPage = (): FirebreakError =>
  new FirebreakError({
    code: 'cluster-answer',
    message: 'The cluster sent the same page of a list twice.',
    next: 'Ask again; if it stays so, look at what lies before the API server.',
  });

const endlessList = (): FirebreakError =>
  new FirebreakError({
    code: 'cluster-answer',
    message: `The cluster sent a list of more than ${LONGEST_LIST_ITEMS} objects.`,
    next: 'Ask for less: one namespace, or a label selector.',
  });
