import type { ContainStep } from '../../core/playbook.ts';
import type { Intention, RunNames, WantedWrite } from '../../core/verb.ts';
import { stepBelow } from './steps.ts';

/** A step as its own verb plans it, or why it is left out: a whole sentence. */
export type PlannedStep =
  | { readonly kind: 'planned'; readonly step: ContainStep; readonly intention: Intention }
  | { readonly kind: 'left out'; readonly step: ContainStep; readonly why: string };

/** What a step writes, under its own name. `raw` is given for an object that is not the target. */
export const writesOfStep = (
  { step, intention }: Extract<PlannedStep, { readonly kind: 'planned' }>,
  names: RunNames,
): readonly WantedWrite[] => {
  const { fields = [], writes } = intention;
  const wanted =
    writes?.(names) ?? (fields.length === 0 ? [] : [{ action: 'set' as const, step: '', fields }]);
  return wanted.map((write) => ({ ...write, step: stepBelow(step, write.step) }));
};
