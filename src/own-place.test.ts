import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StandInCluster } from '../sandbox/cluster/stand-in-cluster.ts';
import { startCluster } from '../sandbox/cluster/start-cluster.ts';
import { createMount } from '../test/contracts/mounted-account.ts';
import { createInClusterCloud } from './clouds/in-cluster.ts';
import { ownPlace } from './own-place.ts';
import { systemClock } from './runtime/system-clock.ts';

const never = new AbortController().signal;
const running = new AsyncDisposableStack();
let cluster: StandInCluster;
beforeAll(async () => {
  cluster = running.use(await startCluster({ containers: 'no shell' }));
});
afterAll(() => running.disposeAsync());

const placeOf = async (user: string) => {
  const mount = await createMount();
  running.defer(() => mount.close());
  await mount.write({ token: cluster.token(user), 'ca.crt': cluster.caPem, namespace: 'firebreak' });
  const { hostname, port } = new URL(cluster.url);
  return ownPlace(
    {
      ...{ home: '/', baseDir: '/', clock: systemClock },
      environment: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
    },
    createInClusterCloud(mount.account),
  );
};

test('the cluster that Firebreak runs in is known by its kube-system, where its own account may read that', async () => {
  const key = { group: '', resource: 'namespaces', namespace: '', name: 'kube-system' };
  const uid = cluster.object(key)?.metadata.uid;
  const place = await placeOf('reader');
  expect(place.serviceHost).toBe('127.0.0.1');
  expect(uid).toMatch(/./);
  expect(await place.clusterUid(never)).toBe(uid);
});

test('an account that may not read it, and no account at all, are no failure', async () => {
  expect(await (await placeOf('nobody')).clusterUid(never)).toBeUndefined();
  const outside = ownPlace({ home: '/', baseDir: '/', clock: systemClock, environment: {} });
  expect(outside.serviceHost).toBeUndefined();
  expect(await outside.clusterUid(never)).toBeUndefined();
});
