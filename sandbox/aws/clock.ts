/** Time as the stand-in AWS sees it: signatures, expiries and the Date header of every answer. */
export interface AwsClock {
  now(): Date;
}

/** The machine's own clock. */
export const systemAwsClock: AwsClock = { now: () => new Date() };
