import type { Change } from '../../core/change.ts';
import type { ContainStep } from '../../core/playbook.ts';
import { podTarget, type Target } from '../../core/target.ts';
import type { ExecuteContext } from '../../core/verb.ts';
import { HOLD_STEPS } from '../hold/make-hold.ts';
import { tryStep } from '../hold/try-step.ts';
import { stepBelow } from './steps.ts';

export interface StepContext {
  readonly context: ExecuteContext;
  /** What the step made so far: nothing, where the plan left it out. */
  readonly made: () => readonly Change[];
}

/** The node as the cordon's sentence names it; what is written is bound by the plan. */
const nodeOf = (target: Target): Target => ({
  ...{ kind: 'node', namespace: '', name: podTarget(target).node, uid: '', status: '' },
});

/** The context of one step: its `change` makes the writes below its name, and no others. */
export const stepContext = (context: ExecuteContext, step: ContainStep): StepContext => {
  const made: Change[] = [];
  const change: ExecuteContext['change'] = async (inner) => {
    const changes = await context.change(inner === undefined ? step : stepBelow(step, inner));
    made.push(...changes);
    return changes;
  };
  if (step !== 'cordon') return { context: { ...context, change }, made: () => made };
  return {
    context: {
      ...context,
      target: nodeOf(context.target),
      arguments: {},
      // A hold that ended early may have left the node's annotations to be set, and the cordon would set the same.
      change: async () => {
        const held = await tryStep(context.change, stepBelow('hold', HOLD_STEPS.node));
        return [...held.changes, ...(await change())];
      },
    },
    made: () => made,
  };
};
