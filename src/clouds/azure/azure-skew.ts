/** Beyond it, Entra ID refuses what was signed here. Source: Microsoft identity platform, AADSTS700024. */
const TOLERATED_SKEW_MS = 5 * 60_000;

/** Milliseconds that Azure's clock is ahead of ours by an answer's Date header, when it is more than Entra ID tolerates. */
export const azureSkewMs = (date: string | undefined, now: Date): number | undefined => {
  const theirs = Date.parse(date ?? '');
  const skewMs = theirs - now.getTime();
  return !Number.isNaN(theirs) && Math.abs(skewMs) > TOLERATED_SKEW_MS ? skewMs : undefined;
};
