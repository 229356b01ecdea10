import type { KubeObject } from './kube-object.ts';
import type { RequestTarget } from './request-target.ts';
import type { Cause } from './validate-object.ts';

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
    readonly causes?: readonly (Cause & { readonly reason: string })[];
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

/** The stand-in reads JSON only; client-go's typed clients may send protobuf. */
export const unsupportedMediaType = () =>
  failure(
    415,
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json',
    {},
  );

/** An update that was made from an older object. */
export const conflict = (target: RequestTarget) =>
  failure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(target)} "${target.name}": the object has been modified; please apply your changes to the latest version and try again`,
    detailsOf(target),
  );

/** What validation found. */
export function invalid(object: KubeObject, causes: readonly Cause[], because = ''): Status {
  const [group = ''] = object.apiVersion.includes('/') ? object.apiVersion.split('/') : [''];
  // As field.ErrorList.ToAggregate: the sentence says each once, however often it was found.
  const all = [...new Set(causes.map(({ field, message }) => `${field}: ${message}`))];
  const said = all.length > 1 ? `[${all.join(', ')}]` : (all[0] ?? because);
  const kind = group === '' ? object.kind : `${object.kind}.${group}`;
  return failure(422, 'Invalid', `${kind} "${object.metadata.name}" is invalid: ${said}`, {
    name: object.metadata.name,
    ...(group === '' ? {} : { group }),
    kind: object.kind,
    causes: causes.map((cause) => ({ reason: 'FieldValueInvalid', ...cause })),
  });
}

export const unsupportedPatch = () =>
  failure(
    415,
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json',
    {},
  );

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

/** A status that a fault asks for. */
export const faultStatus = (code: number) =>
  failure(code, REASONS[code] ?? 'InternalError', `stand-in fault ${code}`);

const REASONS: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};
