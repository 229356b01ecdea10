import { z } from 'zod';

/** Kubernetes' binary and decimal suffixes, with or without a trailing B. */
const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  ki: 1024,
  m: 1e6,
  mi: 1024 ** 2,
  g: 1e9,
  gi: 1024 ** 3,
  t: 1e12,
  ti: 1024 ** 4,
};

/** Reads `2GiB`, `500Mi`, `1g` or `4096` as bytes, at least one. */
export const sizeInBytes = z.string().transform((typed, context) => {
  const match = /^(\d+(?:\.\d+)?)(ki|mi|gi|ti|k|m|g|t)?b?$/i.exec(typed);
  const bytes = Math.floor(Number(match?.[1]) * (FACTORS[(match?.[2] ?? '').toLowerCase()] ?? Number.NaN));
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  context.addIssue({ code: 'custom', message: 'a size such as 500MiB or 2GiB is expected' });
  return z.NEVER;
});

/** The queue hands a run out again that takes longer than a day: a deadline has to lie well below it. */
const MAX_SECONDS = 12 * 3600;

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Reads `90s`, `10m` or `2h` as seconds, at least one and at most 12 hours. */
export const durationInSeconds = z.string().transform((typed, context) => {
  const match = /^(\d{1,6})(s|m|h)$/i.exec(typed);
  const seconds = Number(match?.[1]) * (SECONDS[(match?.[2] ?? '').toLowerCase()] ?? Number.NaN);
  if (seconds > 0 && seconds <= MAX_SECONDS) return seconds;
  context.addIssue({ code: 'custom', message: 'a time such as 90s, 10m or 2h is expected, at most 12h' });
  return z.NEVER;
});
