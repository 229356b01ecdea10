import type { FieldError } from '../writes/field-error.ts';
import type { KubeObject } from './kube-object.ts';
import type { RequestTarget } from './request-target.ts';

/** A cause without a field is of the request as a whole. One of admission has no reason either. */
export type Cause = Pick<FieldError, 'message'> & Partial<FieldError>;

/** The error body of the Kubernetes API. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: 'Failure';
  readonly message: string;
  readonly reason?: string;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly uid?: string;
    readonly causes?: readonly Cause[];
    readonly retryAfterSeconds?: number;
  };
  readonly code: number;
}

const failure = (code: number, reason: string, message: string, details?: Status['details']): Status => ({
  ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason },
  ...(details === undefined ? {} : { details }),
  code,
});

const qualified = ({ resource, group }: Pick<RequestTarget, 'resource' | 'group'>) =>
  group === '' ? resource : `${resource}.${group}`;

const detailsOf = ({ name, group, resource }: Pick<RequestTarget, 'name' | 'group' | 'resource'>) => ({
  ...(name === '' ? {} : { name }),
  ...(group === '' ? {} : { group }),
  kind: resource,
});

export const unauthorized = () => failure(401, 'Unauthorized', 'Unauthorized');
export const badRequest = (message: string) => failure(400, 'BadRequest', message);
export const notFound = (target: RequestTarget) =>
  failure(404, 'NotFound', `${qualified(target)} "${target.name}" not found`, detailsOf(target));
export const noSuchPath = () =>
  failure(404, 'NotFound', 'the server could not find the requested resource', {});
export const methodNotAllowed = () =>
  failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

/** The stand-in reads no protobuf, which client-go's typed clients may send. */
export const unsupportedMediaType = (
  accepted: readonly string[] = ['application/json', 'application/yaml'],
) =>
  failure(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
    {},
  );

export const bodyTooLarge = (bytes: number) =>
  failure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${bytes}`);

/** An update that was made from an older object. */
export const conflict = (target: RequestTarget) =>
  conflictBecause(
    target,
    'the object has been modified; please apply your changes to the latest version and try again',
  );

/** As field.ErrorList.ToAggregate: the sentence says each once, however often it was found. */
function foundText(errors: readonly FieldError[]): string {
  const all = [...new Set(errors.map(({ field, message }) => `${field}: ${message}`))];
  return all.length > 1 ? `[${all.join(', ')}]` : (all[0] ?? '');
}

/** What validation found in an object, or in the options of a request. */
function invalidKind(kind: string, group: string, name: string, errors: readonly FieldError[]): Status {
  const qualifiedKind = group === '' ? kind : `${kind}.${group}`;
  const causes = errors.map(({ reason, message, field }) => ({ reason, message, field }));
  return failure(422, 'Invalid', `${qualifiedKind} "${name}" is invalid: ${foundText(errors)}`, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    ...(kind === '' ? {} : { kind }),
    causes,
  });
}

const groupOf = ({ apiVersion }: KubeObject) =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';

export const invalid = (object: KubeObject, errors: readonly FieldError[]) =>
  invalidKind(object.kind, groupOf(object), object.metadata.name, errors);
export const invalidOptions = (kind: string, errors: readonly FieldError[]) =>
  invalidKind(kind, 'meta.k8s.io', '', errors);
/** A patch that leaves no object. */
export const invalidPatch = (error: FieldError) => invalidKind('', '', '', [error]);

/** The server keeps to itself which operation of a JSON patch did not apply. */
export const patchDoesNotApply = () =>
  failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {});

export const alreadyExists = (target: RequestTarget) =>
  failure(409, 'AlreadyExists', `${qualified(target)} "${target.name}" already exists`, detailsOf(target));

/** An applied field that the schema does not have; it has no reason. */
export const notInSchema = ({ namespace, name }: RequestTarget, why: string): Status => ({
  ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code: 500 },
  message: `failed to create typed patch object (${namespace}/${name}): field not declared in schema: ${why}`,
});

export const applyConflict = (message: string, causes: readonly Cause[]) =>
  failure(409, 'Conflict', message, { causes });

/** A conflict that is named by kind where the server does so: preconditions of a delete. */
export const conflictBecause = (
  target: Pick<RequestTarget, 'resource' | 'group' | 'name'>,
  because: string,
) =>
  failure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(target)} "${target.name}": ${because}`,
    detailsOf(target),
  );

/** An eviction that a PodDisruptionBudget does not allow. */
export const tooManyDisruptions = (cause: Cause, retryAfterSeconds?: number) =>
  failure(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [cause],
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });

/** It has no reason, as recorded. */
export const severalBudgets = (): Status => ({
  ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code: 500 },
  message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
});

/** What an authorizer without a rule for it says about a request. `because` is empty for the second check of exec. */
export function forbidden(target: RequestTarget, because: string): Status {
  const named = target.name === '' ? qualified(target) : `${qualified(target)} "${target.name}"`;
  return failure(403, 'Forbidden', `${named} is forbidden: ${because}`, detailsOf(target));
}

export function whyForbidden(user: string, target: RequestTarget): string {
  const resource = target.subresource === '' ? target.resource : `${target.resource}/${target.subresource}`;
  const where = target.namespace === '' ? 'at the cluster scope' : `in the namespace "${target.namespace}"`;
  return `User "${user}" cannot ${target.verb} resource "${resource}" in API group "${target.group}" ${where}`;
}

/** A status that a fault asks for; of a write, 409 is what a lost race is answered with. */
export const faultStatus = (code: number, target: RequestTarget | undefined) =>
  code === 409 && target !== undefined
    ? conflict(target)
    : failure(code, REASONS[code] ?? 'InternalError', `stand-in fault ${code}`);

const REASONS: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};
