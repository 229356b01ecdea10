import type { KubeObject } from '../api/kube-object.ts';
import { applyMerge, withoutFields } from './apply-merge.ts';
import type { FieldPath } from './field-path.ts';
import { FieldSet } from './field-set.ts';
import { difference, fieldsOf } from './fields-of.ts';
import { isSame, type Manager, managersOf, type Owned, withManagers } from './managers.ts';
import { objectFrom } from './object-from.ts';
import { secondsText } from './seconds-text.ts';

/** A field that somebody else set to something else. */
export interface ApplyConflict {
  readonly with: Manager;
  readonly path: FieldPath;
}

export interface Apply {
  readonly live: KubeObject;
  readonly config: KubeObject;
  readonly manager: string;
  readonly conflicts: 'are refused' | 'are overridden';
  readonly now: Date;
}

/** An object from before anybody was recorded: the first to apply finds all of it another's. */
const firstManagers = (live: KubeObject): readonly Owned[] => {
  const managers = managersOf(live);
  if (managers.length > 0) return managers;
  const { status: _status, ...wanted } = live;
  return [
    {
      ...{ manager: 'before-first-apply', operation: 'Update', apiVersion: live.apiVersion, subresource: '' },
      ...{ time: live.metadata.creationTimestamp ?? '', fields: fieldsOf(wanted) },
    },
  ];
};

/**
 * Server-side apply over an object that exists. What the manager applied before and names no more goes, unless
 * another owns it too. Source: Kubernetes docs, "Server-Side Apply"; structured-merge-diff, merge/update.go.
 */
export function serverSideApply({
  live,
  config,
  manager,
  conflicts,
  now,
}: Apply): KubeObject | readonly ApplyConflict[] {
  const self: Manager = { manager, operation: 'Apply', apiVersion: config.apiVersion, subresource: '' };
  const managers = firstManagers(live);
  const own = managers.find((one) => isSame(one, self));
  const others = managers.filter((one) => one !== own);
  const applied = fieldsOf(config);
  const merged = applyMerge(live, config);
  const { changed } = difference(live, merged);
  const found = others.flatMap((one) =>
    one.fields.intersection(changed).paths.map((path) => ({ with: one, path })),
  );
  if (found.length > 0 && conflicts === 'are refused') return found;
  const kept = others.map((one) => ({ ...one, fields: one.fields.minus(changed) }));
  const had = own?.fields ?? new FieldSet([]);
  const owned = kept.reduce((all, one) => all.union(one.fields), applied);
  const pruned = withoutFields(merged, had.minus(owned));
  const left = difference(live, pruned).removed;
  const time = own !== undefined && applied.equals(had) && changed.isEmpty ? own.time : secondsText(now);
  const object = objectFrom(pruned) ?? live;
  return withManagers(object, [
    ...kept.map((one) => ({ ...one, fields: one.fields.minus(left) })),
    { ...self, time, fields: applied },
  ]);
}
