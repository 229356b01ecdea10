import { deniedByPolicy } from '../access/denied-by-policy.ts';
import { type Answer, json, refusal } from '../api/answer.ts';
import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import * as status from '../api/status.ts';
import { type DeleteOptions, deleteOptions } from './delete-options.ts';
import { secondsText } from './seconds-text.ts';
import type { WriteContext } from './write-context.ts';
import { dryRunErrors } from './write-options.ts';

const MS = 1_000;

/** Kinds whose deletion is answered with the object, others with a Status. */
const ANSWERED_WITH_OBJECT = new Set(['Pod', 'Namespace', 'Service', 'ServiceAccount']);

/** How an object goes: at once, or when its containers, or what is in it, have ended. */
export interface Deletion {
  readonly object: KubeObject;
  readonly graceSeconds: number;
}

const preconditionFailed = (
  { target, resource }: WriteContext,
  { preconditions }: DeleteOptions,
  { metadata }: KubeObject,
) => {
  const { uid, resourceVersion } = preconditions;
  const named = { ...target, resource: resource.kind };
  if (uid !== undefined && uid !== metadata.uid)
    return status.conflictBecause(
      named,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    return status.conflictBecause(
      named,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
  return undefined;
};

/** A pod that is on no node goes at once, and so does everything that is no pod. */
function graceOf(object: KubeObject, asked: number | null): number {
  if (object.kind !== 'Pod' || fieldOf(object, 'spec.nodeName') === '') return 0;
  const { phase } = { phase: fieldOf(object, 'status.phase') };
  if (phase === 'Succeeded' || phase === 'Failed') return 0;
  return asked ?? Number(fieldOf(object, 'spec.terminationGracePeriodSeconds') || 0);
}

const ending = (object: KubeObject, graceSeconds: number, now: Date): KubeObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    generation: (object.metadata.generation ?? 0) + 1,
    deletionTimestamp: secondsText(new Date(now.getTime() + graceSeconds * MS)),
    deletionGracePeriodSeconds: graceSeconds,
  },
});

/** How an object goes now, with the grace that was asked for, in seconds; null for its own. */
export function deletionOf(object: KubeObject, asked: number | null, now: Date): Deletion {
  const graceSeconds = graceOf(object, asked);
  const isEnding = object.metadata.deletionTimestamp !== undefined;
  return {
    object: graceSeconds === 0 || isEnding ? object : ending(object, graceSeconds, now),
    graceSeconds,
  };
}

/**
 * DELETE of one object, under the preconditions that its options name. `end` carries it out and gives the object as
 * it is then. Source: k8s.io/apiserver, pkg/registry/rest/delete.go, BeforeDelete.
 */
export function deleteObject(context: WriteContext, end: (deletion: Deletion) => void): Answer {
  const { store, target, resource, now } = context;
  const options = deleteOptions(context);
  if (options === undefined) return refusal(status.badRequest('the body is no DeleteOptions'));
  const errors = dryRunErrors(options.dryRun);
  if (errors.length > 0) return refusal(status.invalidOptions('DeleteOptions', errors));
  const object = store.get(target);
  if (object === undefined) return refusal(status.notFound(target));
  const failed = preconditionFailed(context, options, object);
  if (failed !== undefined) return refusal(failed);
  const denied =
    context.admission === undefined
      ? deniedByPolicy(store, { operation: 'DELETE', target, oldObject: object })
      : undefined;
  if (denied !== undefined) return refusal(denied);
  const deletion = deletionOf(object, options.gracePeriodSeconds, now);
  const gone = deletion.object;
  if (options.dryRun.length === 0) end(deletion);
  if (ANSWERED_WITH_OBJECT.has(resource.kind)) return json(gone);
  const { name, uid } = object.metadata;
  const { group } = resource;
  const details = { name, ...(group === '' ? {} : { group }), kind: resource.resource, uid };
  return json({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
}
