import type { ObjectRef, Write } from './change.ts';
import { isObjectPath } from './structure.ts';

/** What a run took away that it had not made itself: an undo does not make it again. */
export const tookAway = (writes: readonly Pick<Write, 'object' | 'fields'>[]): readonly ObjectRef[] =>
  [...Map.groupBy(writes, ({ object }) => object.uid).values()].flatMap((same) => {
    const whole = same.flatMap(({ fields }) => fields).filter(({ path }) => isObjectPath(path));
    const [first] = same;
    return first !== undefined && whole.length > 0 && whole.every(({ after }) => after === null)
      ? [first.object]
      : [];
  });
