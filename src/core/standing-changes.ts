import type { Write } from './change.ts';
import { isEphemeralPath, isObjectPath } from './structure.ts';

type Told = Pick<Write, 'object' | 'fields'> & { readonly outcome: string };

const wholeOf = ({ fields }: Told) => fields.find(({ path }) => isObjectPath(path));

/** Whether it only added a container, which nothing takes away again. */
export const isAddition = ({ fields }: Pick<Write, 'fields'>): boolean =>
  fields.every(({ path }) => isEphemeralPath(path));

/** Whether a run made an object and surely took it away again itself. */
export const isPassing = (change: Told, changes: readonly Told[]): boolean => {
  if (wholeOf(change) === undefined) return false;
  const ofIt = changes.filter((one) => one.object.uid === change.object.uid && wholeOf(one) !== undefined);
  return (
    ofIt.some((one) => wholeOf(one)?.before === null) &&
    ofIt.some((one) => wholeOf(one)?.after === null && one.outcome === 'applied')
  );
};

/** What of a run's changes may still stand and can be put back: neither what passed with it, nor an added container. */
export const standingChanges = <Change extends Told>(changes: readonly Change[]): readonly Change[] =>
  changes.filter(
    (change) => change.outcome !== 'not applied' && !isAddition(change) && !isPassing(change, changes),
  );
