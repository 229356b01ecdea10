import { z } from 'zod';
import type { ClusterReader } from '../../core/cluster.ts';

/** Source: Kubernetes documentation, "Pod Security Standards". */
export const POD_SECURITY_LEVELS = ['privileged', 'baseline', 'restricted'] as const;
export type PodSecurityLevel = (typeof POD_SECURITY_LEVELS)[number];

const LEVEL_LABEL = 'pod-security.kubernetes.io/enforce';

const namespaceSchema = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }),
});

/**
 * The level that a namespace says it enforces. Without a word of it the level is that of the cluster's admission
 * configuration, which no reader sees: `privileged` unless somebody changed it. A level that is none is enforced as
 * `restricted` (k8s.io/pod-security-admission, policy/helpers.go).
 */
export const podSecurityLevel = (namespace: unknown): PodSecurityLevel => {
  const said = namespaceSchema.parse(namespace).metadata.labels[LEVEL_LABEL];
  if (said === undefined) return 'privileged';
  return POD_SECURITY_LEVELS.find((level) => level === said) ?? 'restricted';
};

/** Reads it. Throws as `ClusterReader.get`. */
export const readPodSecurityLevel = async (
  cluster: Pick<ClusterReader, 'get'>,
  namespace: string,
  signal: AbortSignal,
): Promise<PodSecurityLevel> =>
  podSecurityLevel(
    await cluster.get({ group: '', version: 'v1', resource: 'namespaces', name: namespace }, signal),
  );
