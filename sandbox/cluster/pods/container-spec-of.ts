import type { ObjectStore } from '../api/object-store.ts';
import type { EnvVar, Pod, PodContainer } from '../api/pod.ts';
import type { ContainerMount, ContainerSpec } from '../runtime/container-spec.ts';
import type { Image } from '../runtime/image.ts';
import { containerMounts } from './pod-volumes.ts';
import { memoryBytes } from './quantity.ts';

const DEFAULT_USED_BYTES = 32 * 2 ** 20;

/** Puts the pod's manifest and the image together into what the runtime starts. */
export function containerSpec(
  pod: Pod,
  wanted: PodContainer,
  image: Image,
  volumes: ReadonlyMap<string, Pick<ContainerMount, 'source' | 'how' | 'access'>>,
  store: ObjectStore,
): ContainerSpec {
  const security = { ...pod.spec.securityContext, ...wanted.securityContext };
  const uid = security.runAsUser ?? image.uid ?? 0;
  const env = Object.fromEntries((wanted.env ?? []).map((one) => [one.name, envValue(one, pod, store)]));
  return {
    name: wanted.name,
    image,
    command: [...(wanted.command ?? image.entrypoint), ...(wanted.args ?? [])],
    env: { HOSTNAME: pod.metadata.name, ...env },
    workingDir: wanted.workingDir ?? image.workingDir ?? '/',
    uid,
    gid: security.runAsGroup ?? image.gid ?? 0,
    mounts: containerMounts(wanted, volumes),
    memory: { limitBytes: memoryBytes(wanted.resources?.limits?.['memory']), usedBytes: DEFAULT_USED_BYTES },
  };
}

function envValue({ value, valueFrom }: EnvVar, pod: Pod, store: ObjectStore): string {
  if (valueFrom === undefined) return value ?? '';
  const { name, key } = valueFrom.secretKeyRef;
  const secret = store.get({ group: '', resource: 'secrets', namespace: pod.metadata.namespace, name });
  const data = secret?.['data'];
  const encoded: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, key) : undefined;
  return typeof encoded === 'string' ? Buffer.from(encoded, 'base64').toString('utf8') : '';
}
