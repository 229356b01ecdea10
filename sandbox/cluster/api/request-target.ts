import { findResource, type ResourceKind } from './resource-kinds.ts';

/** What a request asks for, in the terms that rules are written in. */
export interface RequestTarget {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

export type ParsedPath =
  | { readonly kind: 'resource'; readonly target: RequestTarget; readonly resource: ResourceKind | undefined }
  | { readonly kind: 'other'; readonly verb: string; readonly path: string };

const VERBS: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/**
 * Reads method and path as the API server does: a GET without a name is a list (a watch with `watch=true`), a
 * DELETE without one is of the collection, and everything below a name is a subresource.
 * Source: k8s.io/apiserver/pkg/endpoints/request/requestinfo.go.
 */
export function parsePath(method: string, url: URL): ParsedPath {
  const verb = VERBS[method] ?? method.toLowerCase();
  const parts = url.pathname.split('/').filter(Boolean).map(decodeURIComponent);
  const core = parts[0] === 'api';
  const [group = '', version = ''] = core ? ['', parts[1]] : [parts[1], parts[2]];
  let rest = parts.slice(core ? 2 : 3);
  if ((!core && parts[0] !== 'apis') || rest.length === 0) return { kind: 'other', verb, path: url.pathname };
  let namespace = '';
  if (rest[0] === 'namespaces' && rest.length > 2) {
    namespace = rest[1] ?? '';
    rest = rest.slice(2);
  } else if (rest[0] === 'namespaces') {
    namespace = rest[1] ?? '';
  }
  const [resource = '', name = '', ...below] = rest;
  const collection = name === '' && verb === 'get';
  const watched = url.searchParams.get('watch');
  const listVerb = watched === 'true' || watched === '1' ? 'watch' : 'list';
  const target: RequestTarget = {
    verb: collection ? listVerb : name === '' && verb === 'delete' ? 'deletecollection' : verb,
    ...{ group, version, resource, subresource: below.join('/'), namespace, name },
  };
  return { kind: 'resource', target, resource: findResource(group, version, resource) };
}
