/** `20 minutes behind`, seen from us, where another's clock is so many milliseconds ahead of ours. */
export const skewText = (skewMs: number): string => {
  const minutes = Math.round(Math.abs(skewMs) / 60_000);
  return `${minutes} minute${minutes === 1 ? '' : 's'} ${skewMs > 0 ? 'behind' : 'ahead of'}`;
};

export const CLOCK_NEXT = 'Set the clock of this machine (NTP), and ask again.';
