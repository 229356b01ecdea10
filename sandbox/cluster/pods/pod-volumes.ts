import { randomBytes } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { ObjectStore } from '../api/object-store.ts';
import type { Pod, PodContainer, VolumeSource } from '../api/pod.ts';
import type { ContainerMount } from '../runtime/container-spec.ts';

const FILES = z.record(z.string(), z.string());
type Files = Readonly<Record<string, string>>;
type Volume = Pick<ContainerMount, 'source' | 'how' | 'access'>;

/** Writes the pod's volumes below `folder` and returns them by name. */
export function writePodVolumes(
  pod: Pod,
  store: ObjectStore,
  caPem: string,
  folder: string,
): ReadonlyMap<string, Volume> {
  return new Map(
    (pod.spec.volumes ?? []).map((volume) => {
      const source = join(folder, volume.name);
      mkdirSync(source, { recursive: true });
      const files = filesOf(volume, pod, store, caPem);
      if (files !== undefined) writeAtomically(source, files);
      const secret = volume.secret !== undefined || volume.projected !== undefined;
      return [
        volume.name,
        { source, how: secret ? 'tmpfs' : 'bind', access: files === undefined ? 'read-write' : 'read-only' },
      ];
    }),
  );
}

/** The mounts of one container, outer paths first. */
export function containerMounts(
  container: PodContainer,
  volumes: ReadonlyMap<string, Volume>,
): readonly ContainerMount[] {
  return (container.volumeMounts ?? [])
    .flatMap((mount) => {
      const volume = volumes.get(mount.name);
      if (volume === undefined) return [];
      // The kubelet's own paths go through /var/run, a link to /run where an image has one.
      return [
        { ...volume, path: mount.mountPath, ...(mount.readOnly ? { access: 'read-only' as const } : {}) },
      ];
    })
    .sort((a, b) => a.path.length - b.path.length);
}

function filesOf(volume: VolumeSource, pod: Pod, store: ObjectStore, caPem: string): Files | undefined {
  const data = (resource: string, name: string): Files => {
    const object = store.get({ group: '', resource, namespace: pod.metadata.namespace, name });
    return FILES.safeParse(object?.['data']).data ?? {};
  };
  if (volume.secret !== undefined) {
    const encoded = Object.entries(data('secrets', volume.secret.secretName));
    return Object.fromEntries(
      encoded.map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
    );
  }
  if (volume.configMap !== undefined) return data('configmaps', volume.configMap.name);
  if (volume.projected !== undefined) {
    return { token: accountToken(pod), 'ca.crt': caPem, namespace: pod.metadata.namespace };
  }
  return undefined;
}

/** A token in the form of a service account's JWT. Nothing accepts it. */
function accountToken(pod: Pod): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const subject = `system:serviceaccount:${pod.metadata.namespace}:${pod.spec.serviceAccountName ?? 'default'}`;
  return `${part({ alg: 'RS256', kid: 'stand-in' })}.${part({ sub: subject })}.${randomBytes(64).toString('base64url')}`;
}

/** The kubelet's layout: the files lie in a dated folder, `..data` points to it, and each name points through `..data`. */
function writeAtomically(folder: string, files: Files): void {
  const dated = `..${new Date().toISOString().replace(/[-:T]/g, '_').replace('Z', '')}`;
  mkdirSync(join(folder, dated));
  symlinkSync(dated, join(folder, '..data'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, dated, name)), { recursive: true });
    writeFileSync(join(folder, dated, name), text);
    symlinkSync(join('..data', name), join(folder, name));
  }
}
