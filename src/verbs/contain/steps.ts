import type { ClusterEntry } from '../../core/cluster-entry.ts';
import { type ContainStep, DEFAULT_PLAYBOOK, type Playbook, verbOfStep } from '../../core/playbook.ts';
import { SAID } from '../../core/read-flags.ts';
import type { Arguments } from '../../core/verb.ts';

/** The steps of a run, in their order. */
export const stepsOf = ({ playbook = DEFAULT_PLAYBOOK }: Pick<ClusterEntry, 'playbook'>): Playbook =>
  playbook;

/** Whether the node was said to be left alone. */
export const leavesNode = (given: Arguments): boolean => given['no-node'] === SAID;

/** The verbs whose rules a run needs. A node that is left alone needs none. */
export const verbsOf = (entry: Pick<ClusterEntry, 'playbook'>, given: Arguments): readonly string[] =>
  stepsOf(entry)
    .filter((step) => step !== 'cordon' || !leavesNode(given))
    .map(verbOfStep);

/** The writes of a step stand below its name, which makes them a part of the run for themselves: `hold/hold pod`, `label/`. */
export const stepBelow = (step: ContainStep, inner: string): string => `${step}/${inner}`;
