import { type Answer, refusal, withWarnings } from '../api/answer.ts';
import type { KubeObject } from '../api/kube-object.ts';
import * as status from '../api/status.ts';
import { applyObject } from './apply-object.ts';
import { invalidValue } from './field-error.ts';
import { jsonPatch } from './json-patch.ts';
import { asMap } from './json-tree.ts';
import { mergePatch } from './merge-patch.ts';
import { objectFrom } from './object-from.ts';
import { parseBody } from './parse-body.ts';
import { recordUpdate } from './record-update.ts';
import { strategicMergePatch } from './strategic-merge-patch.ts';
import { checkFields } from './unknown-fields.ts';
import { updateObject } from './update-object.ts';
import type { WriteContext } from './write-context.ts';
import { writeOptions } from './write-options.ts';

const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
] as const;
type PatchType = (typeof PATCH_TYPES)[number];

type Patched = { readonly value: unknown } | { readonly refused: Answer };

function patched(
  type: Exclude<PatchType, 'application/apply-patch+yaml'>,
  before: KubeObject,
  patch: unknown,
): Patched {
  switch (type) {
    case 'application/json-patch+json': {
      const result = jsonPatch(before, patch);
      if (result === 'no patch')
        return {
          refused: refusal(status.badRequest('error decoding patch: json: cannot unmarshal the body')),
        };
      return result === 'does not apply' ? { refused: refusal(status.patchDoesNotApply()) } : result;
    }
    case 'application/merge-patch+json':
      return asMap(patch) === undefined
        ? { refused: refusal(status.badRequest('Invalid JSON Patch')) }
        : { value: mergePatch(before, patch) };
    case 'application/strategic-merge-patch+json':
      return asMap(patch) === undefined
        ? { refused: refusal(status.badRequest('json: cannot unmarshal the body into a map')) }
        : { value: strategicMergePatch(before, patch) };
  }
}

/** PATCH of one object, by each of the four kinds of patch. `mayCreate` is asked when an apply finds no object. */
export function patchObject(context: WriteContext, mayCreate: () => Answer | undefined): Answer {
  const { store, target, query, userAgent, contentType, body, now } = context;
  const type = PATCH_TYPES.find((one) => one === contentType);
  if (type === undefined) return refusal(status.unsupportedMediaType(PATCH_TYPES));
  const isApply = type === 'application/apply-patch+yaml';
  const options = writeOptions({ query, userAgent, patch: isApply ? 'apply' : 'other patch' });
  if ('length' in options) return refusal(status.invalidOptions('PatchOptions', options));
  const read = parseBody(body, contentType);
  if (type === 'application/apply-patch+yaml') return applyObject({ context, options, read, mayCreate });
  const before = store.get(target);
  if (before === undefined) return refusal(status.notFound(target));
  if (read === undefined) return refusal(status.badRequest('error decoding patch: invalid JSON'));
  const result = patched(type, before, read.value);
  if ('refused' in result) return result.refused;
  const checked = checkFields(result.value, options.fieldValidation);
  const proposed = typeof checked === 'string' ? undefined : objectFrom(checked.value);
  if (typeof checked === 'string' || proposed === undefined) {
    const why = typeof checked === 'string' ? checked : 'json: cannot unmarshal a field of the object';
    return refusal(status.invalidPatch(invalidValue('patch', JSON.stringify(result.value), why)));
  }
  const answer = updateObject({
    ...{ context, options, before, proposed },
    record: (old, after) => recordUpdate(old, after, options.manager, now, target.subresource),
  });
  return withWarnings(answer, checked.warnings);
}
