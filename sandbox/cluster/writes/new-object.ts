import { randomUUID } from 'node:crypto';
import { type Answer, refusal } from '../api/answer.ts';
import type { KubeObject } from '../api/kube-object.ts';
import * as status from '../api/status.ts';
import { required } from './field-error.ts';
import { generatedName } from './generated-name.ts';
import { secondsText } from './seconds-text.ts';
import { admissionPolicyErrors } from './validate-admission-policy.ts';
import { annotationErrors, labelErrors, nameErrors } from './validate-metadata.ts';
import { withoutEmpty } from './without-empty.ts';
import type { WriteContext } from './write-context.ts';

const WITH_GENERATION = new Set([
  ...['Pod', 'Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'NetworkPolicy'],
  ...['PodDisruptionBudget', 'EndpointSlice', 'ValidatingAdmissionPolicy'],
  'ValidatingAdmissionPolicyBinding',
]);

/** A namespace can be selected by its name. Source: Kubernetes, pkg/apis/core/v1/defaults.go, SetDefaults_Namespace. */
const nameLabel = ({ kind, metadata: { labels } }: KubeObject, name: string) =>
  kind === 'Namespace' ? { labels: { ...labels, 'kubernetes.io/metadata.name': name } } : {};

/** An object that a request makes, with what the server adds to it; or why there is none. */
export function newObject(
  { store, target, resource, now }: WriteContext,
  wanted: KubeObject,
): { readonly object: KubeObject } | { readonly refused: Answer } {
  const refuse = (found: status.Status) => ({ refused: refusal(found) });
  const namespace = resource.scope === 'cluster' ? undefined : target.namespace;
  if ((wanted.metadata.namespace ?? namespace) !== namespace)
    return refuse(
      status.badRequest(
        'the namespace of the provided object does not match the namespace sent on the request',
      ),
    );
  const { generateName = '', resourceVersion = '' } = wanted.metadata;
  const name = wanted.metadata.name || (generateName === '' ? '' : generatedName(generateName));
  if (resourceVersion !== '')
    return refuse(status.badRequest('resourceVersion should not be set on objects to be created'));
  const { managedFields: _managed, generation: _generation, ...metadata } = wanted.metadata;
  const { status: _status, ...rest } = wanted;
  const object: KubeObject = {
    ...rest,
    metadata: {
      ...metadata,
      ...{ name, uid: randomUUID(), creationTimestamp: secondsText(now) },
      ...(namespace === undefined ? {} : { namespace }),
      ...(WITH_GENERATION.has(wanted.kind) ? { generation: 1 } : {}),
      ...nameLabel(wanted, name),
    },
  };
  if (name === '')
    return refuse(status.invalid(object, [required('metadata.name', 'name or generateName is required')]));
  const place = { ...target, group: '', resource: 'namespaces', namespace: '', name: namespace ?? '' };
  if (namespace !== undefined && store.get(place) === undefined) return refuse(status.notFound(place));
  if (store.get({ ...target, name }) !== undefined) return refuse(status.alreadyExists({ ...target, name }));
  const errors = [
    ...nameErrors(object),
    ...labelErrors(object.metadata.labels ?? {}),
    ...annotationErrors(object.metadata.annotations ?? {}),
    ...admissionPolicyErrors(object),
  ];
  return errors.length > 0 ? refuse(status.invalid(object, errors)) : { object: withoutEmpty(object) };
}
