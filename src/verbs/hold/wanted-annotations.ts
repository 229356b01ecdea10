import type { FieldValue, WantedField } from '../../core/change.ts';
import { fieldAt } from '../../core/field-at.ts';
import { shown } from '../changes/change-words.ts';

/** An annotation that tells an autoscaler to leave something alone. */
export interface HoldAnnotation {
  readonly autoscaler: string;
  readonly annotation: string;
  readonly path: readonly string[];
  readonly holding: FieldValue;
}

export interface WantedAnnotations {
  readonly fields: readonly WantedField[];
  /** What stands there with another value: left, or overwritten. Whole sentences. */
  readonly risks: readonly string[];
}

/** Which of them are to be set. What somebody else set to another value stays, unless it may be overwritten. */
export const wantedAnnotations = (
  object: unknown,
  name: string,
  holds: readonly HoldAnnotation[],
  others: 'are left' | 'are overwritten',
): WantedAnnotations => {
  const found = holds.map((hold) => ({ ...hold, now: fieldAt(object, hold.path) }));
  const missing = found.filter(({ now, holding }) => now !== holding);
  const foreign = missing.filter(({ now }) => now !== null);
  const set = others === 'are left' ? missing.filter(({ now }) => now === null) : missing;
  return {
    fields: set.map(({ path, holding }) => ({ path, value: holding })),
    risks: foreign.map(({ annotation, autoscaler, holding, now }) =>
      others === 'are left'
        ? `Annotation ${annotation} of ${name} is ${shown(now)} and is left so: ${autoscaler} is not told to keep it. \`/k8s hold\` with \`--overwrite\` sets it.`
        : `Overwrites annotation ${annotation} of ${name}: ${shown(now)} becomes ${shown(holding)}.`,
    ),
  };
};
