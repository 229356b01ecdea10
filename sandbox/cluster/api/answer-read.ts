import { type Answer, json, refusal } from './answer.ts';
import { fieldOf, type KubeObject } from './kube-object.ts';
import type { ObjectStore } from './object-store.ts';
import type { RequestTarget } from './request-target.ts';
import { apiVersionOf, type ResourceKind } from './resource-kinds.ts';
import { fieldSelector, labelSelector } from './selectors.ts';
import { badRequest, notFound } from './status.ts';
import { asTable } from './table.ts';

export interface Read {
  readonly store: ObjectStore;
  readonly target: RequestTarget;
  readonly resource: ResourceKind;
  readonly query: URLSearchParams;
  readonly accept: string;
}

/** GET of one object. */
export function answerGet({ store, target, resource, accept }: Read): Answer {
  const namespace = resource.scope === 'cluster' ? '' : target.namespace;
  const object = store.get({ ...target, namespace });
  if (object === undefined) return refusal(notFound(target));
  return accept.includes('as=Table') ? json(asTable(resource, [object], {})) : json(object);
}

/** GET of a collection, with label and field selectors and with limit and continue. */
export function answerList({ store, target, resource, query, accept }: Read): Answer {
  const byLabel = labelSelector(query.get('labelSelector') ?? '');
  const byField = fieldSelector(query.get('fieldSelector') ?? '');
  const namespace = resource.scope === 'cluster' ? '' : target.namespace;
  const all = store
    .list(target.group, target.resource, namespace)
    .filter((object) => byLabel(object) && byField(object));
  const from = query.get('continue') ?? '';
  const start = from === '' ? 0 : all.findIndex((object) => keyOf(object) === startOf(from));
  if (start < 0) return refusal(badRequest('continue key is not valid'));
  const limit = Number(query.get('limit') ?? 0);
  const end = limit > 0 ? start + limit : all.length;
  const next = all[end];
  const metadata = {
    resourceVersion: store.resourceVersion,
    ...(next === undefined ? {} : { continue: continueAt(keyOf(next), store.resourceVersion) }),
  };
  const page = all.slice(start, end);
  if (accept.includes('as=Table')) return json(asTable(resource, page, metadata));
  const items = page.map(({ kind: _kind, apiVersion: _apiVersion, ...rest }) => rest);
  return json({ kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource), metadata, items });
}

const keyOf = (object: KubeObject) => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

const continueAt = (start: string, version: string) =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: Number(version), start })).toString('base64url');

function startOf(token: string): string {
  try {
    return fieldOf(JSON.parse(Buffer.from(token, 'base64url').toString('utf8')), 'start');
  } catch {
    return '';
  }
}
