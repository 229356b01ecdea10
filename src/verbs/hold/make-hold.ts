import type { Change } from '../../core/change.ts';
import type { Finding } from '../../core/finding.ts';
import type { ErrorCode } from '../../core/firebreak-error.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { pathKey } from '../../core/marks.ts';
import type { ExecuteContext } from '../../core/verb.ts';
import { listed } from '../changes/change-words.ts';
import { HOLDS } from '../node/holds.ts';
import { POD_HOLDS } from './pod-holds.ts';

/** The steps of a hold, by which its plan's writes are made. */
export const HOLD_STEPS = {
  pod: 'hold pod',
  budget: 'hold budget',
  policy: 'hold policy',
  node: 'hold node',
} as const;

/** Refusals after which the rest of a hold goes on without this part: nothing was changed by it. */
const LEFT_OUT: ReadonlySet<ErrorCode> = new Set([
  'not-allowed',
  'not-found',
  'object-invalid',
  'conflict',
  'target-replaced',
]);

interface Part {
  readonly changes: readonly Change[];
  /** Why it was refused, as sentences. */
  readonly refused: readonly string[];
}

const part = async (change: ExecuteContext['change'], step: string): Promise<Part> => {
  try {
    return { changes: await change(step), refused: [] };
  } catch (thrown) {
    if (!(thrown instanceof FirebreakError && LEFT_OUT.has(thrown.code))) throw thrown;
    return { changes: [], refused: [thrown.sentence] };
  }
};

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
  const policy = await part(change, HOLD_STEPS.policy);
  const node = await part(change, HOLD_STEPS.node);
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
      { title: 'Not made: the policy that denies its deletion', lines: policy.refused },
      { title: 'Not made: the hold of its node', lines: node.refused },
    ].filter(({ lines }) => lines.length > 0),
  };
};
