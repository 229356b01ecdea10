import { type Answer, json, nothingHere, text } from './answer.ts';
import { answerOpenApi } from './answer-open-api.ts';
import { apiVersionOf, RESOURCE_KINDS } from './resource-kinds.ts';

const VERSION = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.2',
  gitCommit: '98b35193b2ac7a23a673325f5e9b830ecd5ba406',
  gitTreeState: 'clean',
  buildDate: '2026-08-21T11:29:11Z',
  goVersion: 'go1.26.10',
  compiler: 'gc',
  platform: 'linux/amd64',
};
/** Subresources by the resource they belong to, with the verbs that RBAC names them by. */
const SUBRESOURCES: Readonly<Record<string, readonly (readonly [string, string, readonly string[]])[]>> = {
  pods: [
    ['ephemeralcontainers', 'Pod', ['get', 'patch', 'update']],
    ['eviction', 'Eviction', ['create']],
    ['exec', 'PodExecOptions', ['create', 'get']],
    ['log', 'Pod', ['get']],
  ],
  serviceaccounts: [['token', 'TokenRequest', ['create']]],
};

/** Subresources whose object is of another group than what they belong to: kubectl looks for the one of evictions. */
const SUBRESOURCE_GROUPS: Readonly<Record<string, object>> = {
  Eviction: { group: 'policy', version: 'v1' },
  TokenRequest: { group: 'authentication.k8s.io', version: 'v1' },
};

/** What `kubectl get all` asks for. */
const ALL = [
  'pods',
  'services',
  'deployments',
  'replicasets',
  'statefulsets',
  'daemonsets',
  'jobs',
  'cronjobs',
];

const groups = [...new Set(RESOURCE_KINDS.map((one) => one.group))].filter((group) => group !== '');
const apiGroup = (group: string) => {
  const named = RESOURCE_KINDS.find((one) => one.group === group)?.version ?? 'v1';
  const version = { groupVersion: `${group}/${named}`, version: named };
  return { name: group, versions: [version], preferredVersion: version };
};

function resourceList(apiVersion: string) {
  const kinds = RESOURCE_KINDS.filter((one) => apiVersionOf(one) === apiVersion);
  if (kinds.length === 0) return undefined;
  return {
    ...{ kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersion },
    resources: kinds.flatMap(({ resource, singular, kind, scope, shortNames, verbs }) => [
      {
        ...{ name: resource, singularName: singular, namespaced: scope === 'namespace', kind, verbs },
        ...(shortNames && shortNames.length > 0 ? { shortNames } : {}),
        ...(ALL.includes(resource) ? { categories: ['all'] } : {}),
      },
      ...(apiVersion === 'v1' ? (SUBRESOURCES[resource] ?? []) : []).map(([name, subKind, subVerbs]) => ({
        ...{
          name: `${resource}/${name}`,
          singularName: '',
          namespaced: true,
          kind: subKind,
          verbs: subVerbs,
        },
        ...SUBRESOURCE_GROUPS[subKind],
      })),
    ]),
  };
}

/** Everything that is not a resource: discovery without `absentGroups`, the version and the health checks. */
export function answerDiscovery(path: string, absentGroups: readonly string[] = []): Answer {
  const parts = path.split('/').filter(Boolean);
  const served = groups.filter((group) => !absentGroups.includes(group));
  switch (parts[0] ?? '') {
    case 'version':
      return json(VERSION);
    case 'healthz':
    case 'livez':
    case 'readyz':
      return text('ok');
    case 'openapi':
      return answerOpenApi(parts.slice(1), absentGroups);
    case 'api': {
      if (parts.length === 1)
        return json({ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] });
      const list = resourceList(parts[1] ?? '');
      return list === undefined ? nothingHere() : json(list);
    }
    case 'apis': {
      if (parts.length === 1)
        return json({ kind: 'APIGroupList', apiVersion: 'v1', groups: served.map(apiGroup) });
      const group = parts[1] ?? '';
      if (!served.includes(group)) return nothingHere();
      if (parts.length === 2) return json({ kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group) });
      const list = resourceList(`${group}/${parts[2]}`);
      return list === undefined ? nothingHere() : json(list);
    }
    default:
      return nothingHere();
  }
}
