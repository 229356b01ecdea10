import type { KubeObject, ManagedFieldsEntry } from '../api/kube-object.ts';
import { FieldSet } from './field-set.ts';

/** One manager of an object's fields. The same name updates and applies as two. */
export interface Manager {
  readonly manager: string;
  readonly operation: 'Update' | 'Apply';
  readonly apiVersion: string;
  readonly subresource: string;
}

export interface Owned extends Manager {
  readonly time: string;
  readonly fields: FieldSet;
}

/** Whoever applies is the same one in every version of the API. */
export const isSame = (one: Manager, other: Manager): boolean =>
  one.manager === other.manager &&
  one.operation === other.operation &&
  one.subresource === other.subresource &&
  (one.operation === 'Apply' || one.apiVersion === other.apiVersion);

const owned = (entry: ManagedFieldsEntry): Owned => ({
  ...{ manager: entry.manager, apiVersion: entry.apiVersion, subresource: entry.subresource ?? '' },
  operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
  ...{ time: entry.time ?? '', fields: FieldSet.fromFieldsV1(entry.fieldsV1) },
});

const entry = ({ manager, operation, apiVersion, subresource, time, fields }: Owned): ManagedFieldsEntry => ({
  ...{ manager, operation, apiVersion, ...(time === '' ? {} : { time }) },
  ...{ fieldsType: 'FieldsV1', fieldsV1: fields.toFieldsV1() },
  ...(subresource === '' ? {} : { subresource }),
});

const order = ({ operation, time, manager }: Owned): string =>
  [operation === 'Apply' ? 0 : 1, time, manager].join('\0');

export const managersOf = ({ metadata }: KubeObject): readonly Owned[] =>
  (metadata.managedFields ?? []).map(owned);

/** The object with these managers: who applies first, then by time. Those that own nothing are left out. */
export function withManagers(object: KubeObject, managers: readonly Owned[]): KubeObject {
  const { managedFields: _managedFields, ...metadata } = object.metadata;
  const entries = managers
    .filter(({ fields }) => !fields.isEmpty)
    .toSorted((a, b) => (order(a) < order(b) ? -1 : 1))
    .map(entry);
  return {
    ...object,
    metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: entries },
  };
}
