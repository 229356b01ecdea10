/** Kinds that a command can name, with kubectl's short names. All are served as `v1` of their group. */
export const KINDS = {
  pod: { aliases: ['pods', 'po'], resource: 'pods', group: '', scope: 'namespace' },
  node: { aliases: ['nodes', 'no'], resource: 'nodes', group: '', scope: 'cluster' },
  deployment: {
    aliases: ['deployments', 'deploy'],
    resource: 'deployments',
    group: 'apps',
    scope: 'namespace',
  },
  statefulset: {
    aliases: ['statefulsets', 'sts'],
    resource: 'statefulsets',
    group: 'apps',
    scope: 'namespace',
  },
  daemonset: { aliases: ['daemonsets', 'ds'], resource: 'daemonsets', group: 'apps', scope: 'namespace' },
  replicaset: { aliases: ['replicasets', 'rs'], resource: 'replicasets', group: 'apps', scope: 'namespace' },
} as const;
export type Kind = keyof typeof KINDS;

export const kindNames = Object.keys(KINDS) as readonly Kind[];

/** Reads `pods`, `po` or `pod` as `pod`; anything else is undefined. */
export const readKind = (word: string): Kind | undefined =>
  kindNames.find((kind) => kind === word || (KINDS[kind].aliases as readonly string[]).includes(word));

/** Kinds that control pods: a change of their pod template would replace every pod. */
export const WORKLOADS = [
  'deployment',
  'statefulset',
  'daemonset',
  'replicaset',
] as const satisfies readonly Kind[];
