import { type Scenario, startScenario } from '../scenarios/scenario.ts';
import type { CheckedWorld } from './checked-world.ts';
import { type Database, readDatabase } from './read-database.ts';

/** A pod that was labelled and put back, and a node that is cordoned, to plant violations in. */
export interface GoodChanges {
  readonly scenario: Scenario;
  /** The run that labelled the pod. */
  readonly label: string;
  readonly world: CheckedWorld;
  readonly good: Database;
}

export const goodChanges = async (): Promise<GoodChanges> => {
  const scenario = await startScenario({ cluster: { containers: 'no shell' } });
  await scenario.start();
  const { run: label } = await scenario.does('label pod/x quarantine=true team=red --reason "it beacons"');
  await scenario.does('cordon node/node-a');
  await scenario.does(`undo ${label}`);
  const world = await scenario.world();
  return { scenario, label, world, good: await readDatabase(world.databaseUrl) };
};
