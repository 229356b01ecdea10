import type { Write } from './change.ts';
import { sameValue } from './field-at.ts';
import { isMark, pathKey } from './marks.ts';

/**
 * Whether two writes are to make the same of the same object. Marks are not asked: they follow from the rest. One run may
 * write an object several times, even in one step.
 */
export const sameWrite = (
  one: Pick<Write, 'object' | 'fields'>,
  other: Pick<Write, 'object' | 'fields'>,
): boolean => {
  if (one.object.uid !== other.object.uid) return false;
  const [ours, theirs] = [one, other].map(({ fields }) => fields.filter((field) => !isMark(field)));
  return (
    ours?.length === theirs?.length &&
    (ours ?? []).every(({ path, after }) =>
      theirs?.some((field) => pathKey(field.path) === pathKey(path) && sameValue(field.after, after)),
    )
  );
};
