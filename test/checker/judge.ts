import { checkAuditChain } from './check-audit-chain.ts';
import { checkBundles } from './check-bundles.ts';
import { checkChannel } from './check-channel.ts';
import { checkProofs } from './check-proofs.ts';
import { checkRunEvents } from './check-run-events.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkUploads } from './check-uploads.ts';
import type { CheckedWorld } from './checked-world.ts';
import { judgeWrites } from './judge-writes.ts';
import type { Database } from './read-database.ts';

/** Every check on what was read, in sentences. */
export const judge = async (database: Database, world: CheckedWorld): Promise<readonly string[]> => {
  const { machineTime = (at: Date) => at } = world;
  return [
    ...checkAuditChain(database),
    ...checkRunEvents(database),
    ...checkChannel(database, world.slack),
    ...checkProofs(database),
    ...judgeWrites(database, world.cluster, machineTime),
    ...checkUploads(database, world),
    ...(await checkBundles(database, world.evidence, world.slack)),
    ...(await checkSecrets(world)),
  ];
};
