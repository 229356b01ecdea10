import { checkAuditChain } from './check-audit-chain.ts';
import { checkBundles } from './check-bundles.ts';
import { checkChannel } from './check-channel.ts';
import { checkCluster } from './check-cluster.ts';
import { checkRunEvents } from './check-run-events.ts';
import { checkSecrets } from './check-secrets.ts';
import type { CheckedWorld } from './checked-world.ts';
import type { Database } from './read-database.ts';

/** Every check on what was read, in sentences. */
export const judge = async (database: Database, world: CheckedWorld): Promise<readonly string[]> => [
  ...checkAuditChain(database),
  ...checkRunEvents(database),
  ...checkChannel(database, world.slack),
  ...checkCluster(database, world.cluster.requests, world.machineTime ?? ((at) => at)),
  ...(await checkBundles(database, world.evidence, world.slack)),
  ...(await checkSecrets(world)),
];
