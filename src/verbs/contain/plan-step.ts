import type { WantedField } from '../../core/change.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { merged, mergePatch } from '../../core/merge-patch.ts';
import type { Permission } from '../../core/permission.ts';
import { permissionName } from '../../core/permission.ts';
import type { ContainStep } from '../../core/playbook.ts';
import { podTarget } from '../../core/target.ts';
import type { Intention, PlanContext } from '../../core/verb.ts';
import { cordon } from '../cordon.ts';
import { KEEPS_NODE, readNode } from '../hold/hold-node.ts';
import { hold } from '../hold.ts';
import { inspect } from '../inspect.ts';
import { isolate } from '../isolate.ts';
import { label } from '../label.ts';
import type { PlannedStep } from './planned-step.ts';
import { leavesNode } from './steps.ts';
import { planVolatile, VOLATILE_PERMISSIONS } from './volatile-part.ts';

/** Thrown by the planning of a step, by which nothing is wrong but that it can't be done here. */
const CANT_BE_DONE = new Set(['conflict', 'not-allowed', 'not-found', 'not-running']);

const leftOut = (step: ContainStep, why: string): PlannedStep => ({ kind: 'left out', step, why });

/** Why a step can't be done for want of a permission; undefined where nothing is known to be missing. */
const lacking = async (
  { mayRun }: Pick<PlanContext, 'mayRun'>,
  permissions: readonly Permission[],
): Promise<string | undefined> => {
  const answers = await Promise.all(permissions.map(async (one) => ({ one, may: await mayRun(one) })));
  const missing = answers.filter(({ may }) => may === 'no').map(({ one }) => permissionName(one));
  return missing.length === 0 ? undefined : `Firebreak lacks ${missing.join(', ')}.`;
};

/** What earlier steps are to set on the node: it is as they leave it when it is cordoned. */
export type NodeFields = readonly WantedField[];

const planCordon = async (context: PlanContext, earlier: NodeFields): Promise<Intention> => {
  const { cluster, target, heldElsewhere, signal } = context;
  const { node: name } = podTarget(target);
  const node = name === '' ? undefined : await readNode(cluster, name, signal);
  if (node === undefined)
    throw new FirebreakError({
      code: 'not-found',
      message: name === '' ? 'It runs on no node yet.' : `node/${name} is gone, or may not be read.`,
      next: 'Cordon it by hand.',
    });
  const { uid } = node.target;
  const changed = earlier.map(({ path, value }) => ({ path, before: null, after: value }));
  const planned = await cordon.plan({
    ...context,
    target: node.target,
    object: merged(node.raw, mergePatch(changed, 'after')),
    arguments: {},
    held: heldElsewhere.filter(({ object }) => object.uid === uid),
  });
  const object = { kind: 'node', namespace: '', name, uid } as const;
  const { fields = [], ...rest } = planned;
  return {
    ...rest,
    writes: () => [{ action: 'set', step: '', object, raw: node.raw, fields }],
    alsoTargets: [node.target],
  };
};

/** What each step needs beyond what the whole run needs. */
const NEEDS: Readonly<Record<ContainStep, readonly Permission[]>> = {
  hold: hold.permissions,
  inspect: [],
  volatile: VOLATILE_PERMISSIONS,
  isolate: [],
  label: [],
  cordon: KEEPS_NODE,
};

const planOf = (step: ContainStep, context: PlanContext, node: NodeFields): Promise<Intention> => {
  switch (step) {
    case 'hold':
      return hold.plan(context);
    case 'inspect':
      return inspect.plan(context);
    case 'volatile':
      return planVolatile(context);
    case 'isolate':
      return isolate.plan(context);
    case 'label':
      return label.plan({ ...context, arguments: {} });
    case 'cordon':
      return planCordon(context, node);
  }
};

/**
 * Plans one step as its own verb does. One that can't be done is left out with the reason; an isolation that can't be
 * planned throws it.
 */
export const planStep = async (
  step: ContainStep,
  context: PlanContext,
  node: NodeFields,
): Promise<PlannedStep> => {
  if (step === 'cordon' && leavesNode(context.arguments)) return leftOut(step, '`--no-node` was said.');
  const missing = await lacking(context, NEEDS[step]);
  if (missing !== undefined) return leftOut(step, missing);
  try {
    return { kind: 'planned', step, intention: await planOf(step, context, node) };
  } catch (thrown) {
    if (step === 'isolate' || !(thrown instanceof FirebreakError) || !CANT_BE_DONE.has(thrown.code))
      throw thrown;
    return leftOut(step, thrown.message);
  }
};
