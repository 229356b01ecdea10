import type { KubeObject, ObjectMeta } from '../api/kube-object.ts';
import { asList, asMap, type JsonMap } from './json-tree.ts';

const isEmpty = (value: unknown): boolean => {
  if (value === undefined || value === null || value === '') return true;
  const list = asList(value);
  return list === undefined ? Object.keys(asMap(value) ?? { full: true }).length === 0 : list.length === 0;
};

const metadataOf = ({ labels, annotations, finalizers, ownerReferences, ...metadata }: ObjectMeta) => ({
  ...metadata,
  ...(labels === undefined || isEmpty(labels) ? {} : { labels }),
  ...(annotations === undefined || isEmpty(annotations) ? {} : { annotations }),
  ...(finalizers === undefined || isEmpty(finalizers) ? {} : { finalizers }),
  ...(ownerReferences === undefined || isEmpty(ownerReferences) ? {} : { ownerReferences }),
});

const nodeSpecOf = (spec: JsonMap): JsonMap =>
  Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== false && !isEmpty(value)));

/**
 * The object as the server writes it: maps and lists of metadata that became empty are left out, and so is what a
 * node's spec has of false or empty values. Source: the tags omitempty in k8s.io/api.
 */
export function withoutEmpty(object: KubeObject): KubeObject {
  const spec = object.kind === 'Node' ? asMap(object['spec']) : undefined;
  return {
    ...object,
    metadata: metadataOf(object.metadata),
    ...(spec === undefined ? {} : { spec: nodeSpecOf(spec) }),
  };
}
