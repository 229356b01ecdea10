import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { type Answer, json, refusal } from './answer.ts';
import { jsonPatch } from './json-patch.ts';
import type { KubeObject } from './kube-object.ts';
import { managed } from './managed-fields.ts';
import { mergePatch } from './merge-patch.ts';
import type { ObjectStore } from './object-store.ts';
import type { RequestTarget } from './request-target.ts';
import type { ResourceKind } from './resource-kinds.ts';
import { badRequest, conflict, invalid, notFound, unsupportedPatch } from './status.ts';
import { updateCauses } from './validate-object.ts';

export interface PatchRequest {
  readonly store: ObjectStore;
  readonly target: RequestTarget;
  readonly resource: ResourceKind;
  readonly query: URLSearchParams;
  /** Without its parameters. */
  readonly contentType: string;
  readonly body: string;
}

const LONGEST_MANAGER = 128;
const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});

const patchedBy = (contentType: string, object: KubeObject, patch: unknown): Answer | unknown => {
  switch (contentType) {
    case 'application/merge-patch+json':
    case 'application/strategic-merge-patch+json':
      return mergePatch(object, patch);
    case 'application/json-patch+json': {
      const result = jsonPatch(object, patch);
      return typeof result === 'string' ? refusal(invalid(object, [], result)) : result.patched;
    }
    default:
      return refusal(unsupportedPatch());
  }
};

const isAnswer = (value: unknown): value is Answer =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'json' && 'code' in value;

const parsed = (body: string): { readonly patch: unknown } | undefined => {
  try {
    return { patch: JSON.parse(body) };
  } catch {
    return undefined;
  }
};

/**
 * PATCH of one object: merge patch, strategic merge patch of maps, JSON patch. A resourceVersion in it must be the
 * present one; `dryRun=All` answers as if and keeps nothing; a patch that changes nothing keeps the resourceVersion.
 * Source: Kubernetes API Concepts, "Patch and apply", "Dry-run", "Resource versions".
 */
export function answerPatch({ store, target, resource, query, contentType, body }: PatchRequest): Answer {
  const dryRun = query.get('dryRun');
  if (dryRun !== null && dryRun !== 'All')
    return refusal(
      badRequest(`PatchOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: "${dryRun}"`),
    );
  const manager = query.get('fieldManager') ?? 'unknown';
  if (manager.length > LONGEST_MANAGER || !/^[\x20-\x7e]*$/.test(manager))
    return refusal(badRequest('PatchOptions.meta.k8s.io "" is invalid: fieldManager: not valid'));
  const namespace = resource.scope === 'cluster' ? '' : target.namespace;
  const before = store.get({ ...target, namespace });
  if (before === undefined) return refusal(notFound(target));
  const read = parsed(body);
  if (read === undefined) return refusal(badRequest('error decoding patch: invalid JSON'));
  const patched = patchedBy(contentType, before, read.patch);
  if (isAnswer(patched)) return patched;
  const shaped = objectSchema.safeParse(patched);
  if (!shaped.success) return refusal(badRequest('the patch leaves no object of the API'));
  const after: KubeObject = { ...shaped.data, metadata: { ...shaped.data.metadata } };
  if (after.metadata.resourceVersion !== before.metadata.resourceVersion) return refusal(conflict(target));
  const causes = updateCauses(before, after);
  if (causes.length > 0) return refusal(invalid(before, causes));
  if (isDeepStrictEqual(before, after)) return json(before);
  const owned = managed(before, after, manager, new Date());
  return json(dryRun === 'All' ? owned : store.put(owned));
}
