import { z } from 'zod';
import { ownFailure } from './own-failure.ts';

/** What Google's APIs and its token endpoints answer with. Sources: AIP-193; RFC 6749, 5.2. */
const bodySchema = z.object({
  error: z.union([
    z.string(),
    z.object({
      message: z.string().default(''),
      status: z.string().default(''),
      details: z.array(z.looseObject({ reason: z.string().optional() })).default([]),
    }),
  ]),
  error_description: z.string().optional(),
});

/** The word of an answer that came and is not what Google's documentation says. */
export const MALFORMED = 'malformed';

/** Why a call to Google came to nothing. Holds no request and no answer: both carry tokens. */
export class GoogleRefusal extends Error {
  override readonly name = 'GoogleRefusal';
  /** Of HTTP; 0 where there was no answer. */
  readonly status: number;
  /** `PERMISSION_DENIED`, `invalid_grant`, or Node's code where there was no answer. */
  readonly word: string;
  /** `SERVICE_DISABLED`, where Google says more. */
  readonly reason: string | undefined;
  /** Google's own sentence, to be looked at and never shown as it is. */
  readonly #text: string;

  constructor(init: Pick<GoogleRefusal, 'status' | 'word' | 'reason'>, text: string) {
    super(`${init.word} (HTTP ${init.status})`);
    this.status = init.status;
    this.word = init.word;
    this.reason = init.reason;
    this.#text = text;
  }

  says(pattern: RegExp): boolean {
    return pattern.test(this.#text);
  }
}

const memberOf = (thrown: unknown, key: string): unknown =>
  typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, key) : undefined;

const firstWord = (...values: readonly unknown[]): string | undefined =>
  values.find((value): value is string => typeof value === 'string' && /^[A-Za-z]\w{1,60}$/u.test(value));

/** Reads what Google's library throws. What is a sentence of our own already goes on as it is. */
export const googleRefusal = (thrown: unknown): GoogleRefusal => {
  const own = ownFailure(thrown);
  if (own !== undefined) throw own;
  if (thrown instanceof GoogleRefusal) return thrown;
  if (thrown instanceof z.ZodError || thrown instanceof TypeError)
    return new GoogleRefusal({ status: 0, word: MALFORMED, reason: undefined }, '');
  const response = memberOf(thrown, 'response');
  const status = memberOf(response, 'status');
  const body = bodySchema.safeParse(memberOf(response, 'data'));
  if (typeof status !== 'number') {
    const cause = memberOf(thrown, 'cause');
    const word =
      firstWord(memberOf(cause, 'code'), memberOf(thrown, 'code'), memberOf(cause, 'name')) ?? 'unknown';
    return new GoogleRefusal({ status: 0, word, reason: undefined }, '');
  }
  if (!body.success) return new GoogleRefusal({ status, word: 'unknown', reason: undefined }, '');
  const { error, error_description: description = '' } = body.data;
  if (typeof error === 'string')
    return new GoogleRefusal({ status, word: firstWord(error) ?? 'unknown', reason: undefined }, description);
  const reason = firstWord(...error.details.map((detail) => detail.reason));
  return new GoogleRefusal({ status, word: firstWord(error.status) ?? 'unknown', reason }, error.message);
};
