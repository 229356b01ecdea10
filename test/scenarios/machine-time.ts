import { type DatabaseClock, databaseClock } from '../database-clock.ts';

/** A database's clock that remembers how it was moved, so that its times can be compared with other logs of this machine. */
export interface RememberedClock extends AsyncDisposable {
  advance(ms: number): Promise<void>;
  machineTime(at: Date): Date;
}

export const rememberedClock = async (ownerUrl: string): Promise<RememberedClock> => {
  const clock: DatabaseClock = await databaseClock(ownerUrl);
  const moves: { readonly from: number; readonly ms: number }[] = [];
  return {
    advance: async (ms) => {
      await clock.advance(ms);
      // Not before the moved clock's first time, and after every time of the clock as it was.
      moves.push({ from: (await clock.now()).getTime() - ms / 2, ms });
    },
    machineTime: (at) =>
      new Date(moves.reduce((time, { from, ms }) => (at.getTime() >= from ? time - ms : time), at.getTime())),
    [Symbol.asyncDispose]: () => clock.close(),
  };
};
