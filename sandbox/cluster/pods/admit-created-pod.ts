import { z } from 'zod';
import { podSecurityViolation } from '../access/pod-security.ts';
import { type Answer, refusal } from '../api/answer.ts';
import type { KubeObject } from '../api/kube-object.ts';
import type { ObjectStore } from '../api/object-store.ts';
import { isPod, type PodManifest } from '../api/pod.ts';
import * as status from '../api/status.ts';
import { forbiddenValue, required } from '../writes/field-error.ts';
import { admitPod } from './admit-pod.ts';
import { pendingStatus } from './pod-status.ts';

const podSchema = z.looseObject({
  spec: z.looseObject({
    containers: z.array(z.looseObject({ name: z.string().min(1), image: z.string().min(1) })).min(1),
  }),
});

const isManifest = (object: KubeObject): object is PodManifest & KubeObject =>
  isPod(object) && podSchema.safeParse(object).success;

/** A pod that a request makes, with defaults and a first status; anything else as it is. */
export function admitCreatedPod(
  store: ObjectStore,
  object: KubeObject,
): { readonly object: KubeObject } | { readonly refused: Answer } {
  if (object.kind !== 'Pod') return { object };
  if (!isManifest(object))
    return {
      refused: refusal(
        status.invalid(object, [required('spec.containers', 'with a name and an image each')]),
      ),
    };
  if (object.spec.ephemeralContainers !== undefined)
    return {
      refused: refusal(
        status.invalid(object, [forbiddenValue('spec.ephemeralContainers', 'cannot be set on create')]),
      ),
    };
  const pod = admitPod(object);
  const { namespace, name } = pod.metadata;
  const account = pod.spec.serviceAccountName ?? 'default';
  const key = { group: '', resource: 'serviceaccounts', namespace, name: account };
  const target = { ...key, verb: 'create', version: 'v1', resource: 'pods', subresource: '', name };
  if (store.get(key) === undefined) {
    const because = `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`;
    return { refused: refusal(status.forbidden(target, because)) };
  }
  const violation = podSecurityViolation(store, pod);
  if (violation !== undefined) return { refused: refusal(status.forbidden(target, violation)) };
  return { object: { ...pod, status: pendingStatus('') } };
}
