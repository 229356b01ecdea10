import type { ContainStep } from '../../core/playbook.ts';

/** Sentences of one step. */
export interface StepWords {
  readonly step: ContainStep;
  readonly lines: readonly string[];
}

/** Said by a step of itself alone. */
const NOTHING = 'Nothing.';

/** Each sentence under the name of its step; what several steps say is said once, under all of their names. */
export const joined = (all: readonly StepWords[]): readonly string[] => {
  const sayers = new Map<string, ContainStep[]>();
  for (const { step, lines } of all)
    for (const line of lines.filter((one) => one !== NOTHING)) {
      const names = sayers.get(line);
      if (names === undefined) sayers.set(line, [step]);
      else if (!names.includes(step)) names.push(step);
    }
  return [...sayers].map(([line, names]) => `${names.join(', ')}: ${line}`);
};

/** How many of the cut's own risks come before any other: a card shows eight lines. */
const OF_THE_CUT = 3;

/** The weightiest first: those of the cut, then the first one of each other step, then what is left in its order. */
export const byWeight = (all: readonly StepWords[]): readonly StepWords[] => {
  const first = all.map(({ step, lines }) => ({
    step,
    lines: lines.slice(0, step === 'isolate' ? OF_THE_CUT : 1),
  }));
  return [
    ...first.filter(({ step }) => step === 'isolate'),
    ...first.filter(({ step }) => step !== 'isolate'),
    ...all,
  ];
};
