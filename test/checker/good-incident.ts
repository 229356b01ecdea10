import { type Card, type Scenario, startScenario } from '../scenarios/scenario.ts';
import type { CheckedWorld } from './checked-world.ts';
import { type Database, readDatabase } from './read-database.ts';

/** An incident that went well, to plant violations in. */
export interface GoodIncident {
  readonly scenario: Scenario;
  /** Of the acquisition; a read came before it. */
  readonly card: Card;
  readonly world: CheckedWorld;
  readonly good: Database;
}

export const goodIncident = async (): Promise<GoodIncident> => {
  const scenario = await startScenario();
  await scenario.start();
  await scenario.ask('inspect pod/x');
  const card = await scenario.ask('acquire pod/x --reason "it beacons"');
  await scenario.press(card, 'Approve', scenario.incident.slack.people.approver.id);
  await scenario.reached(card.run, 'succeeded', 'incomplete', 'failed');
  const world = await scenario.world();
  return { scenario, card, world, good: await readDatabase(world.databaseUrl) };
};
