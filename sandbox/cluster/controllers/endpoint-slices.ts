import { isDeepStrictEqual } from 'node:util';
import { endpointSlicesOf } from '../world/endpoint-slices.ts';
import type { ControllerPlace } from './controller-place.ts';

/** Keeps the EndpointSlice of each Service at what its selector and the pods' readiness say. */
export function syncEndpointSlices(place: ControllerPlace): void {
  const { store } = place;
  const wanted = endpointSlicesOf(store);
  for (const slice of wanted) {
    const { name, namespace = '' } = slice.metadata;
    const before = store.get({ group: 'discovery.k8s.io', resource: 'endpointslices', namespace, name });
    if (before === undefined) store.put(slice);
    else if (!isDeepStrictEqual(before['endpoints'], slice['endpoints'])) {
      const { generation = 1 } = before.metadata;
      const metadata = { ...before.metadata, generation: generation + 1 };
      place.update(before, { ...before, metadata, endpoints: slice['endpoints'] });
    }
  }
}
