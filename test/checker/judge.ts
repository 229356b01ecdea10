import { checkAuditChain } from './check-audit-chain.ts';
import { checkBundles } from './check-bundles.ts';
import { checkChanges } from './check-changes.ts';
import { checkChannel } from './check-channel.ts';
import { checkCluster } from './check-cluster.ts';
import { checkHolds } from './check-holds.ts';
import { checkOneAtATime } from './check-one-at-a-time.ts';
import { checkRunEvents } from './check-run-events.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkUploads } from './check-uploads.ts';
import type { CheckedWorld } from './checked-world.ts';
import { patchLog } from './patch-log.ts';
import type { Database } from './read-database.ts';

/** Every check on what was read, in sentences. */
export const judge = async (database: Database, world: CheckedWorld): Promise<readonly string[]> => {
  const { machineTime = (at: Date) => at } = world;
  const patches = patchLog(world.cluster);
  return [
    ...checkAuditChain(database),
    ...checkRunEvents(database),
    ...checkChannel(database, world.slack),
    ...checkCluster(database, world.cluster.requests, machineTime),
    ...checkChanges(database, patches, machineTime),
    ...checkHolds(database, patches),
    ...checkOneAtATime(database),
    ...checkUploads(database, world),
    ...(await checkBundles(database, world.evidence, world.slack)),
    ...(await checkSecrets(world)),
  ];
};
