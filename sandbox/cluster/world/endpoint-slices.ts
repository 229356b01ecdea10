import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import type { ObjectStore } from '../api/object-store.ts';
import { labelSelector } from '../api/selectors.ts';

/** One EndpointSlice per Service with a selector, from the pods that it selects. */
export function endpointSlicesOf(store: ObjectStore): readonly KubeObject[] {
  return store.list('', 'services', '').flatMap((service) => {
    const { name, namespace = '', uid = '' } = service.metadata;
    const spec = service['spec'];
    const selector: unknown =
      typeof spec === 'object' && spec !== null ? Reflect.get(spec, 'selector') : undefined;
    if (typeof selector !== 'object' || selector === null) return [];
    const matches = labelSelector(
      Object.entries(selector)
        .map(([key, value]) => `${key}=${value}`)
        .join(','),
    );
    const pods = store.list('', 'pods', namespace).filter(matches);
    return [
      {
        ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
        metadata: {
          ...{ name: `${name}-x7k2p`, namespace, labels: { 'kubernetes.io/service-name': name } },
          ownerReferences: [
            { apiVersion: 'v1', kind: 'Service', name, uid, controller: true, blockOwnerDeletion: true },
          ],
        },
        endpoints: pods.map((pod) => ({
          addresses: [fieldOf(pod, 'status.podIP')],
          conditions: { ready: true, serving: true, terminating: false },
          nodeName: fieldOf(pod, 'spec.nodeName'),
          targetRef: { kind: 'Pod', namespace, name: pod.metadata.name, uid: pod.metadata.uid },
        })),
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      },
    ];
  });
}
