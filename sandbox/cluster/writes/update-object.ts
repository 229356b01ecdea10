import { isDeepStrictEqual } from 'node:util';
import { type Answer, json, refusal } from '../api/answer.ts';
import type { KubeObject, ObjectMeta } from '../api/kube-object.ts';
import { badRequest, conflict, invalid } from '../api/status.ts';
import { updateErrors } from './validate-update.ts';
import { withoutEmpty } from './without-empty.ts';
import type { WriteContext } from './write-context.ts';
import type { WriteOptions } from './write-options.ts';

/** What no update changes, whatever it says: the server's own fields, and the status, which has a path of its own. */
function keepServersFields(before: KubeObject, proposed: KubeObject): KubeObject {
  const { status: _status, ...wanted } = proposed;
  const metadata = { ...serversFields(before.metadata), ...clientsFields(wanted.metadata) };
  return { ...wanted, metadata, ...(before['status'] === undefined ? {} : { status: before['status'] }) };
}

/** A uid that a client names stays, to be judged. */
function clientsFields({
  creationTimestamp: _made,
  deletionTimestamp: _deleted,
  deletionGracePeriodSeconds: _grace,
  generation: _generation,
  resourceVersion: _version,
  ...fields
}: ObjectMeta) {
  return fields;
}

function serversFields({
  name: _name,
  generateName: _prefix,
  namespace: _namespace,
  labels: _labels,
  annotations: _annotations,
  finalizers: _finalizers,
  ownerReferences: _owners,
  managedFields: _managed,
  ...fields
}: ObjectMeta) {
  return fields;
}

/** Nodes, namespaces and what RBAC knows have no generation. A Deployment's counts its annotations as well. */
function withGeneration(before: KubeObject, after: KubeObject): KubeObject {
  const { generation } = before.metadata;
  if (generation === undefined) return after;
  const same =
    isDeepStrictEqual(before['spec'], after['spec']) &&
    (before.kind !== 'Deployment' ||
      isDeepStrictEqual(before.metadata.annotations, after.metadata.annotations));
  return same ? after : { ...after, metadata: { ...after.metadata, generation: generation + 1 } };
}

const withoutManaged = ({ metadata: { managedFields: _managed, ...metadata }, ...rest }: KubeObject) => ({
  ...rest,
  metadata,
});

export interface Update {
  readonly context: WriteContext;
  readonly options: WriteOptions;
  readonly before: KubeObject;
  readonly proposed: KubeObject;
  /** Says who manages what in the object that is stored. */
  readonly record: (before: KubeObject, after: KubeObject) => KubeObject;
}

/**
 * The way of every update: name and namespace, resourceVersion, validation; then it is stored, unless it is a dry run or
 * changes nothing. Source: k8s.io/apiserver, pkg/registry/generic/registry/store.go, Update; rest/update.go.
 */
export function updateObject({ context, options, before, proposed, record }: Update): Answer {
  const { store, target } = context;
  const { name, namespace = before.metadata.namespace, resourceVersion = '' } = proposed.metadata;
  if (name !== target.name)
    return refusal(
      badRequest(`the name of the object (${name}) does not match the name on the URL (${target.name})`),
    );
  if (namespace !== before.metadata.namespace)
    return refusal(
      badRequest('the namespace of the provided object does not match the namespace sent on the request'),
    );
  if (resourceVersion !== '' && resourceVersion !== before.metadata.resourceVersion)
    return refusal(conflict(target));
  const metadata = { ...proposed.metadata, ...(namespace === undefined ? {} : { namespace }) };
  const kept = keepServersFields(before, { ...proposed, metadata });
  const after = withoutEmpty(context.update?.limit(before, kept) ?? kept);
  const errors = (context.update?.errors ?? updateErrors)(before, after);
  if (errors.length > 0) return refusal(invalid(before, errors));
  const refused = context.update?.admit(after);
  if (refused !== undefined) return refused;
  const recorded = record(before, withGeneration(before, after));
  const same = isDeepStrictEqual(withoutManaged(before), withoutManaged(recorded));
  if (same && isDeepStrictEqual(before.metadata.managedFields, recorded.metadata.managedFields))
    return json(before);
  return json(options.dryRun ? recorded : store.put(recorded));
}
