import { fieldOf } from '../api/kube-object.ts';
import { asList, asMap, type JsonMap, mapsIn } from '../writes/json-tree.ts';

const DEFAULT_CAPABILITIES = [
  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE'],
  ...['SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
];
const RESTRICTED_VOLUMES = [
  ...['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', 'persistentVolumeClaim'],
  ...['projected', 'secret', 'name'],
];

/** The part of a pod that the checks look at, with its containers of every kind. */
export interface Subject {
  readonly spec: JsonMap;
  readonly containers: readonly JsonMap[];
}
/** What a pod does that a level forbids; undefined when nothing. */
type Check = (pod: Subject) => string | undefined;

const quoted = (values: readonly unknown[]) => values.map((one) => JSON.stringify(one)).join(', ');
const context = (container: JsonMap): JsonMap => asMap(container['securityContext']) ?? {};
const named = (containers: readonly JsonMap[]): string =>
  `container${containers.length === 1 ? '' : 's'} ${quoted(containers.map((one) => one['name']))}`;
const capabilities = (container: JsonMap, list: 'add' | 'drop'): readonly unknown[] =>
  asList(asMap(context(container)['capabilities'])?.[list]) ?? [];
const volumes = ({ spec }: Subject) => mapsIn(spec['volumes']);
const volumeNames = (found: readonly JsonMap[]) =>
  `volume${found.length === 1 ? '' : 's'} ${quoted(found.map((one) => one['name']))}`;

const hostNamespaces: Check = ({ spec }) => {
  const found = ['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => spec[field] === true);
  return found.length === 0
    ? undefined
    : `host namespaces (${found.map((field) => `${field}=true`).join(', ')})`;
};
const hostPath: Check = (pod) => {
  const found = volumes(pod).filter((one) => one['hostPath'] !== undefined);
  return found.length === 0 ? undefined : `hostPath volumes (${volumeNames(found)})`;
};
const hostPorts: Check = ({ containers }) => {
  const ports = (one: JsonMap) =>
    (asList(one['ports']) ?? [])
      .map((port) => fieldOf(port, 'hostPort'))
      .filter((port) => !['', '0'].includes(port));
  const found = containers.filter((one) => ports(one).length > 0);
  return found.length === 0
    ? undefined
    : `hostPort (${named(found)} uses hostPort ${[...new Set(found.flatMap(ports))].join(', ')})`;
};
const privileged: Check = ({ containers }) => {
  const found = containers.filter((one) => context(one)['privileged'] === true);
  return found.length === 0
    ? undefined
    : `privileged (${named(found)} must not set securityContext.privileged=true)`;
};
const mustNotAdd = (found: readonly JsonMap[], allowed: readonly string[]): string => {
  const added = found
    .flatMap((one) => capabilities(one, 'add').map(String))
    .filter((one) => !allowed.includes(one));
  const names = [...new Set(added)].toSorted((a, b) => (a < b ? -1 : 1));
  return `${named(found)} must not include ${quoted(names)} in securityContext.capabilities.add`;
};
const addsBeyond = (containers: readonly JsonMap[], allowed: readonly string[]) =>
  containers.filter((one) => capabilities(one, 'add').some((name) => !allowed.includes(String(name))));
const baselineCapabilities: Check = ({ containers }) => {
  const found = addsBeyond(containers, DEFAULT_CAPABILITIES);
  return found.length === 0
    ? undefined
    : `non-default capabilities (${mustNotAdd(found, DEFAULT_CAPABILITIES)})`;
};
const baselineSeccomp: Check = ({ spec, containers }) => {
  const isUnconfined = (one: JsonMap) => fieldOf(one, 'securityContext.seccompProfile.type') === 'Unconfined';
  const found = containers.filter(isUnconfined);
  if (isUnconfined(spec))
    return 'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")';
  return found.length === 0
    ? undefined
    : `seccompProfile (${named(found)} must not set securityContext.seccompProfile.type to "Unconfined")`;
};
const escalation: Check = ({ containers }) => {
  const found = containers.filter((one) => context(one)['allowPrivilegeEscalation'] !== false);
  return found.length === 0
    ? undefined
    : `allowPrivilegeEscalation != false (${named(found)} must set securityContext.allowPrivilegeEscalation=false)`;
};
const restrictedCapabilities: Check = ({ containers }) => {
  const allowed = ['NET_BIND_SERVICE'];
  const keeping = containers.filter((one) => !capabilities(one, 'drop').includes('ALL'));
  const adding = addsBeyond(containers, allowed);
  const found = [
    ...(keeping.length === 0 ? [] : [`${named(keeping)} must set securityContext.capabilities.drop=["ALL"]`]),
    ...(adding.length === 0 ? [] : [mustNotAdd(adding, allowed)]),
  ];
  return found.length === 0 ? undefined : `unrestricted capabilities (${found.join('; ')})`;
};
const restrictedVolumes: Check = (pod) => {
  const typesOf = (one: JsonMap) => Object.keys(one).filter((key) => !RESTRICTED_VOLUMES.includes(key));
  const found = volumes(pod).filter((one) => typesOf(one).length > 0);
  const types = [...new Set(found.flatMap(typesOf))].toSorted();
  return found.length === 0
    ? undefined
    : `restricted volume types (${volumeNames(found)} ${found.length === 1 ? 'uses' : 'use'} restricted volume type${types.length === 1 ? '' : 's'} ${quoted(types)})`;
};
const nonRoot: Check = ({ spec, containers }) => {
  const isSet = asMap(spec['securityContext'])?.['runAsNonRoot'] === true;
  const found = containers.filter((one) => {
    const own = context(one)['runAsNonRoot'];
    return own === false || (own === undefined && !isSet);
  });
  return found.length === 0
    ? undefined
    : `runAsNonRoot != true (pod or ${named(found)} must set securityContext.runAsNonRoot=true)`;
};
const rootUser: Check = ({ spec, containers }) => {
  if (fieldOf(spec, 'securityContext.runAsUser') === '0') return 'runAsUser=0 (pod must not set runAsUser=0)';
  const found = containers.filter((one) => context(one)['runAsUser'] === 0);
  return found.length === 0 ? undefined : `runAsUser=0 (${named(found)} must not set runAsUser=0)`;
};
const restrictedSeccomp: Check = ({ spec, containers }) => {
  const type = (one: JsonMap) => fieldOf(one, 'securityContext.seccompProfile.type');
  const isFine = (one: string) => one === 'RuntimeDefault' || one === 'Localhost';
  const found = containers.filter((one) => !isFine(type(one) || type(spec)));
  return found.length === 0
    ? undefined
    : `seccompProfile (pod or ${named(found)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`;
};

/** In the order in which the server tells them. Its checks of sysctls, SELinux, AppArmor, procMount and Windows are left out. */
export const POD_SECURITY_CHECKS: Readonly<Record<string, readonly Check[]>> = {
  baseline: [baselineCapabilities, hostNamespaces, hostPath, hostPorts, privileged, baselineSeccomp],
  restricted: [
    ...[hostNamespaces, hostPorts, privileged, escalation, restrictedCapabilities, restrictedVolumes],
    ...[nonRoot, rootUser, restrictedSeccomp],
  ],
};
