import type { GoogleAccounts } from '../account/google-accounts.ts';
import { bearerOf, type GoogleAnswer, type GoogleCall, type GoogleService } from '../http/google-call.ts';
import { apiError } from '../http/google-errors.ts';

/** A cluster as clusters.get tells of it: names and shapes are those of the API. */
export interface GkeClusterState {
  readonly project: string;
  readonly location: string;
  readonly name: string;
  readonly status: 'PROVISIONING' | 'RUNNING' | 'RECONCILING' | 'STOPPING' | 'ERROR' | 'DEGRADED';
  /** An address without a scheme. */
  readonly endpoint?: string;
  readonly caPem?: string;
  /** Further fields, as the API writes them: what is false is left out. */
  readonly more?: Readonly<Record<string, unknown>>;
}

const PATH = /^\/v1\/(projects\/([^/]+)\/locations\/([^/]+)\/clusters\/([^/]+))$/u;
const LIST_PATH = /^\/v1\/projects\/([^/]+)\/locations\/-\/clusters$/u;
const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform';

/** container.googleapis.com: projects.locations.clusters.get, and the list by which gcloud looks where a missing one may be. Source: Kubernetes Engine API reference, v1. */
export class ContainerService implements GoogleService {
  readonly #accounts: GoogleAccounts;
  readonly #clusters = new Map<string, GkeClusterState>();
  readonly #viewers = new Set<string>();

  constructor(accounts: GoogleAccounts) {
    this.#accounts = accounts;
  }

  /** Adds a cluster, or replaces the one of this name. */
  put(cluster: GkeClusterState): void {
    const { project, location, name } = cluster;
    this.#clusters.set(`projects/${project}/locations/${location}/clusters/${name}`, cluster);
  }

  /** Grants container.clusters.get, in every project. */
  allow(principal: string): void {
    this.#viewers.add(principal);
  }

  forbid(principal: string): void {
    this.#viewers.delete(principal);
  }

  actionOf({ url }: GoogleCall): string {
    if (PATH.test(url.pathname)) return 'container.clusters.get';
    return LIST_PATH.test(url.pathname) ? 'container.clusters.list' : 'container.unknown';
  }

  answer(call: GoogleCall): GoogleAnswer {
    const [, resource = ''] = PATH.exec(call.url.pathname) ?? [];
    const [, project] = LIST_PATH.exec(call.url.pathname) ?? [];
    if (call.method !== 'GET' || (resource === '' && project === undefined))
      return apiError('NOT_FOUND', 'Method not found.');
    const caller = this.#accounts.token(bearerOf(call));
    if (caller === undefined)
      return apiError(
        'UNAUTHENTICATED',
        'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
        'ACCESS_TOKEN_EXPIRED',
      );
    if (!caller.scopes.includes(CLOUD_PLATFORM))
      return apiError(
        'PERMISSION_DENIED',
        'Request had insufficient authentication scopes.',
        'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
      );
    if (!this.#viewers.has(caller.principal))
      return apiError(
        'PERMISSION_DENIED',
        `Required "container.clusters.get" permission(s) for "${resource}".`,
      );
    if (project !== undefined) {
      const listed = [...this.#clusters.values()].filter((one) => one.project === project);
      return { status: 200, body: { clusters: listed.map(described) } };
    }
    const cluster = this.#clusters.get(resource);
    return cluster === undefined
      ? apiError('NOT_FOUND', `Not found: ${resource}.`)
      : { status: 200, body: described(cluster) };
  }
}

const described = ({ name, location, status, endpoint, caPem, more, project }: GkeClusterState): object => ({
  name,
  location,
  zone: location,
  status,
  selfLink: `https://container.googleapis.com/v1/projects/${project}/locations/${location}/clusters/${name}`,
  currentMasterVersion: '1.36.2-gke.100',
  currentNodeVersion: '1.36.2-gke.100',
  ...(endpoint === undefined ? {} : { endpoint }),
  masterAuth: caPem === undefined ? {} : { clusterCaCertificate: Buffer.from(caPem).toString('base64') },
  workloadIdentityConfig: { workloadPool: `${project}.svc.id.goog` },
  ...more,
});
