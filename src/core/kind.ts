/** Kinds that a command can name, with kubectl's short names. */
export const KINDS = {
  pod: { aliases: ['pods', 'po'], resource: 'pods', group: '' },
  node: { aliases: ['nodes', 'no'], resource: 'nodes', group: '' },
  deployment: { aliases: ['deployments', 'deploy'], resource: 'deployments', group: 'apps' },
  statefulset: { aliases: ['statefulsets', 'sts'], resource: 'statefulsets', group: 'apps' },
  daemonset: { aliases: ['daemonsets', 'ds'], resource: 'daemonsets', group: 'apps' },
  replicaset: { aliases: ['replicasets', 'rs'], resource: 'replicasets', group: 'apps' },
} as const;
export type Kind = keyof typeof KINDS;

export const kindNames = Object.keys(KINDS) as readonly Kind[];

/** Reads `pods`, `po` or `pod` as `pod`; anything else is undefined. */
export const readKind = (word: string): Kind | undefined =>
  kindNames.find((kind) => kind === word || (KINDS[kind].aliases as readonly string[]).includes(word));
