import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import type { ClusterAccess } from '../core/cloud.ts';
import type {
  ClusterClient,
  ClusterInspector,
  ClusterWriter,
  ResourcePath,
  WriteRequest,
} from '../core/cluster.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { Impersonation } from '../core/impersonation.ts';
import { FIELD_MANAGER } from '../core/marks.ts';
import {
  ACCESS_REVIEWS,
  accessReview,
  isAllowed,
  SUBJECT_ACCESS_REVIEWS,
  subjectAccessReview,
} from './access-review.ts';
import { askedPermission } from './asked-permission.ts';
import { ClusterConnection } from './cluster-connection.ts';
import { type ClusterLimits, DEFAULT_LIMITS } from './cluster-limits.ts';
import { openAnswer, type RequestContext, requestJson } from './cluster-request.ts';
import type { ProxyEnvironment } from './dialler.ts';
import type { Method } from './http-exchange.ts';
import { impersonationHeaders } from './impersonation-headers.ts';
import { listPages } from './list-pages.ts';
import { answerBytes } from './log-stream.ts';
import { openExec } from './open-exec.ts';
import { resourceUrl } from './resource-url.ts';
import { RULES_REVIEWS, reviewedRules, rulesReview } from './rules-review.ts';
import { reviewedUser, SELF_REVIEW, SELF_REVIEWS } from './self-review.ts';

export interface ClusterClientOptions {
  readonly access: ClusterAccess;
  /** Asks the provider anew; without it a rotated CA or a moved endpoint needs a new client. */
  readonly reconnect?: (signal: AbortSignal) => Promise<ClusterAccess>;
  /** The name in `firebreak.yml`: for sentences. */
  readonly cluster: string;
  /** Shows in the cluster's audit log: `firebreak/<version>`. */
  readonly userAgent: string;
  readonly clock: Clock;
  /** HTTPS_PROXY and NO_PROXY, read once by the composition root. */
  readonly proxyEnvironment?: ProxyEnvironment;
  readonly limits?: Partial<ClusterLimits>;
  readonly random?: () => number;
}

export interface ObjectRequest {
  readonly method: Method;
  readonly path: ResourcePath;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** For a PATCH: `application/merge-patch+json`, `application/apply-patch+yaml`, … */
  readonly contentType?: string;
  readonly signal: AbortSignal;
}

/** `ClusterClient`, and what composition and changing verbs need of it. */
export interface KubernetesClient extends ClusterClient, ClusterInspector, ClusterWriter {
  /** One request for an object, sent once unless it is a GET. A body goes with Content-Length, on DELETE too. */
  request(request: ObjectRequest): Promise<unknown>;
  /** The same connection, each request in the name of another user. It is closed with this one. */
  as(impersonation: Impersonation): KubernetesClient;
  /** Ends every connection, running execs included. */
  close(): void;
}

const versionSchema = z.object({ gitVersion: z.string() });

/** Builds the client of one cluster. Nothing is dialled before the first call. Throws `config-invalid`. */
export const createClusterClient = (options: ClusterClientOptions): KubernetesClient => {
  const closing = new AbortController();
  const connection = new ClusterConnection({
    access: options.access,
    ...(options.reconnect === undefined ? {} : { reconnect: options.reconnect }),
    cluster: options.cluster,
    userAgent: options.userAgent,
    proxyEnvironment: options.proxyEnvironment ?? {},
  });
  const context: RequestContext = {
    connection,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    clock: options.clock,
    random: options.random ?? Math.random,
    impersonation: {},
  };
  return clientOver(context, closing);
};

/** What a write sends. A DELETE says its dry run in its body too, since the API server refuses two that differ. */
const writeBody = (wanted: WriteRequest): { readonly body: unknown; readonly contentType?: string } => {
  switch (wanted.method) {
    case 'PATCH':
      return { body: wanted.body, contentType: PATCH_TYPES[wanted.type] };
    case 'POST':
      return { body: wanted.body };
    case 'DELETE':
      return {
        body: {
          kind: 'DeleteOptions',
          apiVersion: 'v1',
          preconditions: wanted.bound,
          propagationPolicy: 'Background',
          ...(wanted.mode === 'dry run' ? { dryRun: ['All'] } : {}),
        },
      };
  }
};

const PATCH_TYPES = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

const clientOver = (context: RequestContext, closing: AbortController): KubernetesClient => {
  const { connection } = context;
  const { cluster } = connection;
  const until = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, closing.signal]);

  const request = async (wanted: ObjectRequest): Promise<unknown> => {
    const query = new URLSearchParams(wanted.query).toString();
    return await requestJson(context, {
      method: wanted.method,
      path: `${resourceUrl(wanted.path)}${query === '' ? '' : `?${query}`}`,
      ...(wanted.body === undefined ? {} : { body: wanted.body }),
      ...(wanted.contentType === undefined ? {} : { contentType: wanted.contentType }),
      repeatable: wanted.method === 'GET' ? 'repeatable' : 'once',
      asked: askedPermission(wanted.method, wanted.path),
      signal: until(wanted.signal),
    });
  };

  return {
    request,
    get: (path, signal) => request({ method: 'GET', path, signal }),
    list: (path, query, signal) =>
      listPages((continueToken) =>
        request({
          method: 'GET',
          path,
          query: {
            limit: String(context.limits.pageItems),
            ...(query.labelSelector === undefined ? {} : { labelSelector: query.labelSelector }),
            ...(query.fieldSelector === undefined ? {} : { fieldSelector: query.fieldSelector }),
            ...(continueToken === undefined ? {} : { continue: continueToken }),
          },
          signal,
        }),
      ),
    write: (wanted) =>
      request({
        method: wanted.method,
        path: wanted.path,
        query: {
          ...(wanted.method === 'DELETE' ? {} : { fieldManager: FIELD_MANAGER, fieldValidation: 'Strict' }),
          ...(wanted.mode === 'dry run' ? { dryRun: 'All' } : {}),
        },
        ...writeBody(wanted),
        signal: wanted.signal,
      }),
    allowed: async (permission, where, signal) =>
      isAllowed(
        await requestJson(context, {
          method: 'POST',
          path: resourceUrl(ACCESS_REVIEWS),
          body: accessReview(permission, where),
          repeatable: 'repeatable',
          asked: askedPermission('POST', ACCESS_REVIEWS),
          signal: until(signal),
        }),
      ),
    allowedFor: async (user, permission, where, signal) =>
      isAllowed(
        await requestJson(context, {
          method: 'POST',
          path: resourceUrl(SUBJECT_ACCESS_REVIEWS),
          body: subjectAccessReview(user, permission, where),
          repeatable: 'repeatable',
          asked: askedPermission('POST', SUBJECT_ACCESS_REVIEWS),
          signal: until(signal),
        }),
      ),
    whoAmI: async (signal) =>
      reviewedUser(
        await requestJson(context, {
          method: 'POST',
          path: resourceUrl(SELF_REVIEWS),
          body: SELF_REVIEW,
          repeatable: 'repeatable',
          asked: askedPermission('POST', SELF_REVIEWS),
          signal: until(signal),
        }),
      ),
    rulesIn: async (namespace, signal) =>
      reviewedRules(
        await requestJson(context, {
          method: 'POST',
          path: resourceUrl(RULES_REVIEWS),
          body: rulesReview(namespace),
          repeatable: 'repeatable',
          asked: askedPermission('POST', RULES_REVIEWS),
          signal: until(signal),
        }),
      ),
    as: (impersonation) =>
      clientOver({ ...context, impersonation: impersonationHeaders(impersonation) }, closing),
    version: async (signal) => {
      const answer = versionSchema.safeParse(
        await requestJson(context, {
          method: 'GET',
          path: '/version',
          repeatable: 'repeatable',
          asked: { permissions: [{ verb: 'get', group: '', resource: '/version' }] },
          signal: until(signal),
        }),
      );
      if (answer.success) return answer.data.gitVersion;
      throw new FirebreakError({
        code: 'cluster-answer',
        message: `Cluster ${cluster} did not say its version as a Kubernetes API does.`,
        next: 'Check that the address is that of a Kubernetes API.',
      });
    },
    logs: async (query, signal) => {
      const path: ResourcePath = {
        group: '',
        version: 'v1',
        namespace: query.namespace,
        resource: 'pods',
        name: query.pod,
        subresource: 'log',
      };
      const search = new URLSearchParams({
        container: query.container,
        timestamps: 'true',
        ...(query.instance === 'previous' ? { previous: 'true' } : {}),
      });
      const ending = until(signal);
      const answer = await openAnswer(context, {
        method: 'GET',
        path: `${resourceUrl(path)}?${search.toString()}`,
        repeatable: 'repeatable',
        asked: askedPermission('GET', path),
        signal: ending,
      });
      return answerBytes(answer, { connection, limits: context.limits, signal: ending });
    },
    exec: (wanted) => openExec(context, { ...wanted, signal: until(wanted.signal) }),
    close: () => {
      closing.abort(
        new FirebreakError({
          code: 'interrupted',
          message: `The connection to cluster ${cluster} was closed here.`,
          next: 'Ask again.',
          retry: 'retry can help',
        }),
      );
      connection.close();
    },
  };
};
