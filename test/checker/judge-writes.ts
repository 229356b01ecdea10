import { checkChanges } from './check-changes.ts';
import { checkCluster } from './check-cluster.ts';
import { checkHolds } from './check-holds.ts';
import { checkMade } from './check-made.ts';
import { checkOneAtATime } from './check-one-at-a-time.ts';
import type { CheckedCluster } from './checked-world.ts';
import type { Database } from './read-database.ts';
import { writeLog } from './write-log.ts';

/** Every check of what was asked of the cluster, and of what was done to it. */
export const judgeWrites = (
  database: Database,
  cluster: CheckedCluster,
  machineTime: (at: Date) => Date = (at) => at,
): readonly string[] => {
  const writes = writeLog(cluster);
  return [
    ...checkCluster(database, cluster.requests, machineTime),
    ...checkChanges(database, writes, cluster, machineTime),
    ...checkMade(database, writes, cluster),
    ...checkHolds(database, writes),
    ...checkOneAtATime(database),
  ];
};
