import type { KubeObject } from '../api/kube-object.ts';
import { FieldSet } from './field-set.ts';
import { difference, fieldsOf } from './fields-of.ts';
import { isSame, type Manager, managersOf, type Owned, withManagers } from './managers.ts';
import { secondsText } from './seconds-text.ts';

const updater = (object: KubeObject, manager: string, subresource = ''): Manager => ({
  ...{ manager, operation: 'Update', apiVersion: object.apiVersion, subresource },
});

/**
 * The object with an entry that says which fields this manager wrote. What was written or taken away is nobody
 * else's any more. An object without managers gets none by an update.
 * Source: structured-merge-diff, merge/update.go; apimachinery, util/managedfields/internal.
 */
export function recordUpdate(
  before: KubeObject,
  after: KubeObject,
  manager: string,
  now: Date,
  subresource = '',
): KubeObject {
  const managers = managersOf(before);
  if (managers.length === 0) return withManagers(after, []);
  const { changed, removed } = difference(before, after);
  const self = updater(after, manager, subresource);
  const own = managers.find((one) => isSame(one, self));
  const others = managers
    .filter((one) => one !== own)
    .map((one) => ({ ...one, fields: one.fields.minus(changed).minus(removed) }));
  const had = own?.fields ?? new FieldSet([]);
  const fields = had.minus(removed).union(changed);
  const time = own !== undefined && (changed.isEmpty || fields.equals(had)) ? own.time : secondsText(now);
  const all: readonly Owned[] = [...others, { ...self, time, fields }];
  return withManagers(after, all);
}

/** A new object, all of which is its maker's. */
export const recordCreation = (object: KubeObject, manager: string, now: Date): KubeObject =>
  withManagers(object, [
    { ...updater(object, manager), time: secondsText(now), fields: difference({}, object).changed },
  ]);

/** A new object that was applied. */
export const recordApplied = (object: KubeObject, manager: string, now: Date): KubeObject =>
  withManagers(object, [
    {
      ...{ ...updater(object, manager), operation: 'Apply' },
      ...{ time: secondsText(now), fields: fieldsOf(object) },
    },
  ]);
