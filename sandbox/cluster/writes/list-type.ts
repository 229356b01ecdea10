/** How the items of a list are told apart when two versions of it are merged. */
export type ListType =
  | { readonly kind: 'keyed'; readonly keys: readonly string[] }
  | { readonly kind: 'set' }
  | { readonly kind: 'atomic' };

const keyed = (...keys: readonly string[]): ListType => ({ kind: 'keyed', keys });
const ATOMIC: ListType = { kind: 'atomic' };

const BY_NAME: Readonly<Record<string, ListType>> = {
  ownerReferences: keyed('uid'),
  finalizers: { kind: 'set' },
  podCIDRs: { kind: 'set' },
  containers: keyed('name'),
  initContainers: keyed('name'),
  ephemeralContainers: keyed('name'),
  volumes: keyed('name'),
  env: keyed('name'),
  volumeMounts: keyed('mountPath'),
  volumeDevices: keyed('devicePath'),
  imagePullSecrets: keyed('name'),
  secrets: keyed('name'),
  schedulingGates: keyed('name'),
  resourceClaims: keyed('name'),
  hostAliases: keyed('ip'),
  podIPs: keyed('ip'),
  hostIPs: keyed('ip'),
  topologySpreadConstraints: keyed('topologyKey', 'whenUnsatisfiable'),
  conditions: keyed('type'),
  addresses: keyed('type'),
};

const CONTAINER_LISTS = new Set(['containers', 'initContainers', 'ephemeralContainers']);

/**
 * The type of the list at a path of field names (items of lists leave no name). Taints and tolerations are replaced
 * whole. Source: the tags patchMergeKey, listType and listMapKey in k8s.io/api (core, apps, networking, policy).
 */
export function listTypeAt(path: readonly string[]): ListType {
  const name = path.at(-1) ?? '';
  const parent = path.at(-2) ?? '';
  if (name === 'ports') {
    if (CONTAINER_LISTS.has(parent)) return keyed('containerPort', 'protocol');
    return path.length === 2 && parent === 'spec' ? keyed('port', 'protocol') : ATOMIC;
  }
  return BY_NAME[name] ?? ATOMIC;
}

const ATOMIC_MAPS = new Set([
  ...['selector', 'podSelector', 'namespaceSelector', 'labelSelector', 'nodeSelector'],
  ...['secretKeyRef', 'configMapKeyRef', 'fieldRef', 'resourceFieldRef', 'secretRef', 'claimRef', 'roleRef'],
]);

/** Whether server-side apply takes the map at this path as one value: the tag structType=atomic. */
export const isAtomicMap = (path: readonly string[]): boolean => ATOMIC_MAPS.has(path.at(-1) ?? '');
