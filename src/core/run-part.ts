import type { Change } from './change.ts';
import type { HeldField } from './held-fields.ts';
import { pathKey } from './marks.ts';
import type { Verb } from './verb.ts';

/** The part of a run that a step belongs to, which goes on where another part has failed: `hold` of `hold/hold pod`. */
export const partOf = (step: string): string => step.slice(0, Math.max(0, step.indexOf('/')));

/**
 * Whether something is left of what a run's proof is about. Of a run of several parts that is one of them: what the others
 * hold says nothing of it.
 */
export const isLeftToProve = (
  verb: Pick<Verb, 'proves'> | undefined,
  changes: readonly Pick<Change, 'step' | 'object' | 'fields'>[],
  held: readonly Pick<HeldField, 'object' | 'path'>[],
): boolean => {
  const about = changes.filter(({ step = '' }) => verb?.proves === undefined || partOf(step) === verb.proves);
  return held.some(({ object, path }) =>
    about.some(
      (change) =>
        change.object.uid === object.uid &&
        change.fields.some((field) => pathKey(field.path) === pathKey(path)),
    ),
  );
};
