import type { ContainStep } from '../../core/playbook.ts';
import type { Target } from '../../core/target.ts';
import type { Intention, PlanContext } from '../../core/verb.ts';
import { byWeight, joined, type StepWords } from './join-words.ts';
import { type NodeFields, planStep } from './plan-step.ts';
import { type PlannedStep, writesOfStep } from './planned-step.ts';
import { stepsOf } from './steps.ts';

const NOBODY = { run: '', case: '' };

/** What a step is to set on the node. */
const nodeFields = (planned: PlannedStep): NodeFields =>
  planned.kind === 'left out'
    ? []
    : writesOfStep(planned, NOBODY).flatMap((write) =>
        write.action === 'set' && write.object?.kind === 'node' ? write.fields : [],
      );

const once = (targets: readonly Target[]): readonly Target[] => [
  ...new Map(targets.map((target) => [target.uid, target])).values(),
];

/** What of it is left out stands before every risk: who approves counts on it. */
const leftOut = (steps: readonly PlannedStep[]): readonly string[] =>
  steps.flatMap((one) => (one.kind === 'left out' ? [`LEFT OUT: ${one.step}. ${one.why}`] : []));

/** Plans every step of the playbook, in its order, as one run. Throws what the planning of the isolation throws. */
export const planContainment = async (context: PlanContext): Promise<Intention> => {
  const steps: PlannedStep[] = [];
  const node: NodeFields[number][] = [];
  for (const step of stepsOf(context.entry)) {
    const planned = await planStep(step, context, node);
    steps.push(planned);
    node.push(...nodeFields(planned));
  }
  const planned = steps.flatMap((one) => (one.kind === 'planned' ? [one] : []));
  const said = (of: (intention: Intention) => readonly string[]): readonly StepWords[] =>
    planned.map(({ step, intention }) => ({ step, lines: of(intention) }));
  const proof = planned.find(({ intention }) => intention.proof !== undefined)?.intention.proof;
  const named = (step: ContainStep, what: string): string => `${step}: ${what}`;
  return {
    methods: planned.flatMap(({ step, intention }) =>
      intention.methods.map((method) => ({ ...method, what: named(step, method.what) })),
    ),
    writes: (names) => planned.flatMap((one) => writesOfStep(one, names)),
    alsoTargets: once(planned.flatMap(({ intention }) => intention.alsoTargets ?? [])),
    ...(proof === undefined ? {} : { proof }),
    leaves: joined(said(({ leaves }) => leaves)),
    risks: [...leftOut(steps), ...joined(byWeight(said(({ risks }) => risks)))],
    notes: [
      `In this order: ${planned.map(({ step }) => step).join(' ▶ ')}.`,
      ...joined(said(({ notes }) => notes)),
    ],
  };
};
