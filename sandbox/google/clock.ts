/** Time as the stand-in Google sees it: assertions, expiries and the Date header of every answer. */
export interface GoogleClock {
  now(): Date;
}

/** The machine's own clock. */
export const systemGoogleClock: GoogleClock = { now: () => new Date() };
