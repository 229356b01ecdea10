import { z } from 'zod';

const MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
const MAX_MS = 24 * 3_600_000;

/** `90s`, `30m`, `2h`, as milliseconds; at most a day. */
export const duration = z.string('a time such as 90s, 30m or 2h is expected').transform((typed, context) => {
  const match = /^(\d{1,5})(s|m|h)$/.exec(typed);
  const ms = Number(match?.[1]) * (MS[match?.[2] ?? ''] ?? Number.NaN);
  if (ms > 0 && ms <= MAX_MS) return ms;
  context.addIssue({ code: 'custom', message: 'a time such as 90s, 30m or 2h is expected, at most 24h' });
  return z.NEVER;
});
