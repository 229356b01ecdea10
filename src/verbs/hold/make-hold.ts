import type { Change } from '../../core/change.ts';
import type { Finding } from '../../core/finding.ts';
import { pathKey } from '../../core/marks.ts';
import type { ExecuteContext } from '../../core/verb.ts';
import { listed } from '../changes/change-words.ts';
import { HOLDS } from '../node/holds.ts';
import { POD_HOLDS } from './pod-holds.ts';
import { type TriedStep, tryStep } from './try-step.ts';

/** The steps of a hold, by which its plan's writes are made. */
export const HOLD_STEPS = {
  pod: 'hold pod',
  budget: 'hold budget',
  policy: 'hold policy',
  node: 'hold node',
} as const;

const refusal = ({ refused }: TriedStep): readonly string[] =>
  refused === undefined ? [] : [refused.sentence];

const told = (
  changes: readonly Change[],
  holds: readonly { readonly autoscaler: string; readonly path: readonly string[] }[],
): readonly string[] => {
  const paths = new Set(changes.flatMap(({ fields }) => fields.map(({ path }) => pathKey(path))));
  return holds.filter(({ path }) => paths.has(pathKey(path))).map(({ autoscaler }) => autoscaler);
};

const areTold = (names: readonly string[]): string =>
  `${listed(names)} ${names.length === 1 ? 'is' : 'are'} told`;

export interface MadeHold {
  /** What it came to, each the end of a sentence about the pod. */
  readonly done: readonly string[];
  /** Parts that the cluster refused. */
  readonly findings: readonly Finding[];
}

/** Makes what `planHold` planned. A refusal of the policy or of the node leaves that part out; any other failure is thrown. */
export const makeHold = async ({
  change,
  progress,
}: Pick<ExecuteContext, 'change' | 'progress'>): Promise<MadeHold> => {
  progress({ phase: 'hold', bytes: 0 });
  const pod = await change(HOLD_STEPS.pod);
  await change(HOLD_STEPS.budget);
  const policy = await tryStep(change, HOLD_STEPS.policy);
  const node = await tryStep(change, HOLD_STEPS.node);
  const keepPod = told(pod, POD_HOLDS);
  const keepNode = told(node.changes, HOLDS);
  return {
    done: [
      'its eviction is refused by a budget',
      policy.changes.length > 0 ? 'its deletion is denied by a policy' : 'its deletion is not stopped',
      ...(keepPod.length === 0 ? [] : [`${areTold(keepPod)} to leave it`]),
      ...(keepNode.length === 0 ? [] : [`${areTold(keepNode)} to keep its node`]),
    ],
    findings: [
      { title: 'Not made: the policy that denies its deletion', lines: refusal(policy) },
      { title: 'Not made: the hold of its node', lines: refusal(node) },
    ].filter(({ lines }) => lines.length > 0),
  };
};
