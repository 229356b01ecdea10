import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import type { Amazon } from '../../sandbox/incident/start-amazon.ts';
import type { Scenario } from './scenario.ts';

/** More than two parts of 16 MiB. */
const LARGE_BYTES = 40 * 1024 ** 2;

/** Puts a file that no tar makes smaller into the pod's container, as its own process would; nothing where there are no processes. */
export const addLargeFile = (cluster: StandInCluster): void => {
  if (cluster.containers === 'no shell') return;
  writeFileSync(join(cluster.upperDir('payments', 'x', 'app'), 'large.bin'), randomBytes(LARGE_BYTES));
};

export const amazonOf = ({ incident }: Scenario): Amazon => {
  if (incident.amazon === undefined) throw new Error('this incident does not play in AWS');
  return incident.amazon;
};
