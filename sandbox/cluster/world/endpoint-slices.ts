import { fieldOf, type KubeObject } from '../api/kube-object.ts';
import type { ObjectStore } from '../api/object-store.ts';
import { labelSelector } from '../api/selectors.ts';
import { hasEnded, isBeingDeleted, isReady } from '../controllers/pod-state.ts';
import { asMap } from '../writes/json-tree.ts';

const endpointOf = (service: KubeObject, pod: KubeObject) => {
  const serving = isReady(pod) || fieldOf(service, 'spec.publishNotReadyAddresses') === 'true';
  const terminating = isBeingDeleted(pod);
  const { name, namespace, uid } = pod.metadata;
  return {
    addresses: [fieldOf(pod, 'status.podIP')],
    conditions: { ready: serving && !terminating, serving, terminating },
    nodeName: fieldOf(pod, 'spec.nodeName'),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
};

/**
 * One EndpointSlice per Service with a selector, from the pods that it selects and their readiness.
 * Source: k8s.io/endpointslice, utils.go, podToEndpoint; pods without an address and pods that have ended are left out.
 */
export function endpointSlicesOf(store: ObjectStore): readonly KubeObject[] {
  return store.list('', 'services', '').flatMap((service) => {
    const { name, namespace = '', uid = '' } = service.metadata;
    const selector = asMap(asMap(service['spec'])?.['selector']);
    if (selector === undefined) return [];
    const matches = labelSelector(
      Object.entries(selector)
        .map(([key, value]) => `${key}=${String(value)}`)
        .join(','),
    );
    const pods = store
      .list('', 'pods', namespace)
      .filter((pod) => matches(pod) && fieldOf(pod, 'status.podIP') !== '' && !hasEnded(pod));
    return [
      {
        ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
        metadata: {
          ...{ name: `${name}-x7k2p`, namespace, labels: { 'kubernetes.io/service-name': name } },
          ownerReferences: [
            { apiVersion: 'v1', kind: 'Service', name, uid, controller: true, blockOwnerDeletion: true },
          ],
        },
        endpoints: pods.map((pod) => endpointOf(service, pod)),
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      },
    ];
  });
}
