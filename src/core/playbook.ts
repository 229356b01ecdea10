/** What `contain` is made of. `volatile` is the part of `acquire` that would be gone first. */
export const CONTAIN_STEPS = ['hold', 'inspect', 'volatile', 'isolate', 'label', 'cordon'] as const;
export type ContainStep = (typeof CONTAIN_STEPS)[number];

/** The steps of `contain`, in their order. */
export type Playbook = readonly ContainStep[];

/** What stands where `firebreak.yml` says nothing. */
export const DEFAULT_PLAYBOOK: Playbook = CONTAIN_STEPS;

/** The verb whose rule a step needs. */
export const verbOfStep = (step: ContainStep): string => (step === 'volatile' ? 'acquire' : step);

/** Done to a pod that is cut off already, they come too late: nothing holds it while its probes fail, and its connections are gone. */
const BEFORE_THE_CUT: readonly ContainStep[] = ['hold', 'volatile'];

/** One step that stands wrong, by its place in the list; `undefined` for the list as a whole. */
export interface PlaybookMistake {
  readonly at: number | undefined;
  readonly why: string;
}

/** What makes a list of steps none that contains anything, or one that costs evidence. */
export const playbookMistakes = (steps: Playbook): readonly PlaybookMistake[] => {
  const cut = steps.indexOf('isolate');
  const doubled = steps.flatMap((step, at) =>
    steps.indexOf(step) < at ? [{ at, why: `the step ${step} is named twice` }] : [],
  );
  const late = steps.flatMap((step, at) =>
    cut !== -1 && at > cut && BEFORE_THE_CUT.includes(step)
      ? [{ at, why: `the step ${step} comes too late after isolate` }]
      : [],
  );
  return [
    ...(cut === -1
      ? [{ at: undefined, why: 'the step isolate is missing: without it nothing is contained' }]
      : []),
    ...doubled,
    ...late,
  ];
};
