import type { ObjectMeta } from '../api/kube-object.ts';
import type { ObjectStore } from '../api/object-store.ts';
import { asMap, mapsIn } from '../writes/json-tree.ts';
import { POD_SECURITY_CHECKS } from './pod-security-checks.ts';

const LEVEL = 'pod-security.kubernetes.io/enforce';

/**
 * How a pod violates the level that its namespace enforces; undefined when it does not.
 * Source: k8s.io/pod-security-admission, policy/registry.go and policy/check_*.go.
 */
export function podSecurityViolation(
  store: ObjectStore,
  pod: { readonly metadata: ObjectMeta; readonly spec?: unknown },
): string | undefined {
  const name = pod.metadata.namespace ?? '';
  const labels = store.get({ group: '', resource: 'namespaces', namespace: '', name })?.metadata.labels ?? {};
  const level = labels[LEVEL] ?? 'privileged';
  const spec = asMap(pod.spec) ?? {};
  const containers = ['initContainers', 'containers', 'ephemeralContainers'].flatMap((field) =>
    mapsIn(spec[field]),
  );
  const found = (POD_SECURITY_CHECKS[level] ?? []).flatMap((check) => check({ spec, containers }) ?? []);
  if (found.length === 0) return undefined;
  return `violates PodSecurity "${level}:${labels[`${LEVEL}-version`] ?? 'latest'}": ${found.join(', ')}`;
}
