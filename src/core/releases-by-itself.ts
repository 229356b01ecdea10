import type { Plan } from './plan.ts';
import { SAID } from './read-flags.ts';

/** Whether the plan of an isolation says that its network is opened when its time is up. */
export const releasesByItself = ({ arguments: given }: Pick<Plan, 'arguments'>): boolean =>
  given['then-release'] === SAID;
