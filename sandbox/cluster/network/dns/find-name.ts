import { fieldOf } from '../../api/kube-object.ts';
import { matchesSelector } from '../../api/matches-selector.ts';
import type { ObjectStore } from '../../api/object-store.ts';
import { asMap } from '../../writes/json-tree.ts';

const DOMAIN = '.cluster.local';

/**
 * The addresses of a name of the cluster: of a Service, of the pods behind a headless one, of a pod by its address with
 * dashes. Undefined when there is no such name. Source: kubernetes/dns, specification.md, 1.1.
 */
export function findName(store: ObjectStore, name: string): readonly string[] | undefined {
  if (!name.endsWith(DOMAIN)) return undefined;
  const [first = '', namespace = '', what, ...more] = name.slice(0, -DOMAIN.length).split('.');
  if (more.length > 0) return undefined;
  if (what === 'pod') {
    const pods = store.list('', 'pods', namespace).map((pod) => fieldOf(pod, 'status.podIP'));
    const address = first.replaceAll('-', '.');
    return pods.includes(address) ? [address] : undefined;
  }
  if (what !== 'svc') return undefined;
  const service = store.get({ group: '', resource: 'services', namespace, name: first });
  if (service === undefined) return undefined;
  const address = fieldOf(service, 'spec.clusterIP');
  if (address !== 'None') return address === '' ? [] : [address];
  const selector = { matchLabels: asMap(asMap(service['spec'])?.['selector']) };
  return store
    .list('', 'pods', namespace)
    .filter((pod) => matchesSelector(pod, { selector }))
    .map((pod) => fieldOf(pod, 'status.podIP'))
    .filter((ip) => ip !== '');
}
