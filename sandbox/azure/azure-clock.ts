/** Time as the stand-in Azure sees it: the ends of tokens and secrets, and the Date header of every answer. */
export interface AzureClock {
  now(): Date;
}

/** The machine's own clock. */
export const systemAzureClock: AzureClock = { now: () => new Date() };
