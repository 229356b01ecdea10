import type { CheckedWorld } from './checked-world.ts';
import { judge } from './judge.ts';
import { readDatabase } from './read-database.ts';

/**
 * Says after a scenario which invariants do not hold, in sentences; none when all do. It reads the database, the store, the
 * cluster's request log and the channel by itself, and shares no code with what it judges.
 */
export const checkInvariants = async (world: CheckedWorld): Promise<readonly string[]> =>
  judge(await readDatabase(world.databaseUrl), world);
