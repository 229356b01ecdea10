import { type Answer, json, refusal, withWarnings } from '../api/answer.ts';
import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import { apiVersionOf } from '../api/resource-kinds.ts';
import * as status from '../api/status.ts';
import { asMap } from './json-tree.ts';
import { newObject } from './new-object.ts';
import { objectFrom } from './object-from.ts';
import { parseBody } from './parse-body.ts';
import { recordCreation } from './record-update.ts';
import { checkFields } from './unknown-fields.ts';
import type { WriteContext } from './write-context.ts';
import { type WriteOptions, writeOptions } from './write-options.ts';

const BODY_TYPES = ['application/json', 'application/yaml'];

/** The object in a body of POST or PUT, of the kind that the path names; or why there is none. */
export function objectInBody(
  { contentType, body, resource }: WriteContext,
  { fieldValidation }: WriteOptions,
): { readonly object: KubeObject; readonly warnings: readonly string[] } | { readonly refused: Answer } {
  const refuse = (found: status.Status) => ({ refused: refusal(found) });
  const type = contentType === '' ? 'application/json' : contentType;
  if (!BODY_TYPES.includes(type)) return refuse(status.unsupportedMediaType(BODY_TYPES));
  const read = parseBody(body, type);
  const apiVersion = apiVersionOf(resource);
  const named = asMap(read?.value);
  if (named === undefined)
    return refuse(status.badRequest('the object provided is unrecognized: it is no JSON'));
  if (
    (named['kind'] ?? resource.kind) !== resource.kind ||
    (named['apiVersion'] ?? apiVersion) !== apiVersion
  )
    return refuse(
      status.badRequest(
        `the API version in the data (${fieldOf(named, 'apiVersion')}, Kind=${fieldOf(named, 'kind')}) does not match the expected API version (${apiVersion}, Kind=${resource.kind})`,
      ),
    );
  const checked = checkFields({ ...named, apiVersion, kind: resource.kind }, fieldValidation);
  const object = typeof checked === 'string' ? undefined : objectFrom(checked.value);
  if (typeof checked !== 'string' && object !== undefined) return { object, warnings: checked.warnings };
  const why = typeof checked === 'string' ? checked : 'json: cannot unmarshal a field of metadata';
  const { kind, version } = resource;
  return refuse(status.badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`));
}

/** POST of one object. */
export function createObject(context: WriteContext): Answer {
  const { query, userAgent, now, creation } = context;
  const options = writeOptions({ query, userAgent, patch: 'no patch' });
  if ('length' in options) return refusal(status.invalidOptions('CreateOptions', options));
  const read = objectInBody(context, options);
  if ('refused' in read) return read.refused;
  const made = newObject(context, read.object);
  if ('refused' in made) return made.refused;
  const admitted = creation.admit(made.object);
  if ('refused' in admitted) return admitted.refused;
  const { status: given, ...wanted } = admitted.object;
  const recorded = recordCreation(wanted, options.manager, now);
  const owned = given === undefined ? recorded : { ...recorded, status: given };
  return withWarnings(json(options.dryRun ? owned : creation.keep(owned), 201), read.warnings);
}
