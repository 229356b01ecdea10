import { once } from 'node:events';
import { createServer } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StandInCluster } from '../sandbox/cluster/stand-in-cluster.ts';
import { startCluster } from '../sandbox/cluster/start-cluster.ts';
import { createCertificateAuthority } from '../sandbox/cluster/tls/certificate-authority.ts';
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

test('the cluster that Firebreak runs in is known by its CA, without an account and without a right', async () => {
  const { hostname, port } = new URL(cluster.url);
  const placeAt = (at: string) =>
    ownPlace({
      ...{ home: '/', baseDir: '/', clock: systemClock },
      environment: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: at },
    });
  await using other = await startCluster({ containers: 'no shell' });
  const place = placeAt(port);
  expect(await place.vouchedBy(cluster.caPem, never)).toBe('yes');
  // Every cluster's CA has the same name, so it is told by its key.
  expect(await place.vouchedBy(other.caPem, never)).toBe('no');
  for (const nowhere of ['1', '99999', ''])
    expect(await placeAt(nowhere).vouchedBy(cluster.caPem, never)).toBe('unknown');
  expect(await place.vouchedBy(cluster.caPem, AbortSignal.abort())).toBe('unknown');
  const outside = ownPlace({ home: '/', baseDir: '/', clock: systemClock, environment: {} });
  expect(await outside.vouchedBy(cluster.caPem, never)).toBe('unknown');
});

test('a certificate for another name tells nothing, and one of just the address is enough', async () => {
  const authority = createCertificateAuthority('kubernetes');
  const vouched = async (...names: Parameters<typeof authority.issueServer>) => {
    const { certPem: cert, keyPem: key } = authority.issueServer(...names);
    const server = createServer({ cert, key }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const address = server.address();
      const place = ownPlace({
        ...{ home: '/', baseDir: '/', clock: systemClock },
        environment: {
          KUBERNETES_SERVICE_HOST: '127.0.0.1',
          KUBERNETES_SERVICE_PORT: String(typeof address === 'object' ? address?.port : ''),
        },
      });
      return await place.vouchedBy(authority.caPem, never);
    } finally {
      server.close();
    }
  };
  expect(await vouched([], ['elsewhere.example'])).toBe('unknown');
  expect(await vouched(['127.0.0.1'], [])).toBe('yes');
  expect(await vouched([], ['kubernetes.default.svc'])).toBe('yes');
  expect(await vouched(['127.0.0.1'], [], 'expired')).toBe('unknown');
});

test('an account that may not read it, and no account at all, are no failure', async () => {
  expect(await (await placeOf('nobody')).clusterUid(never)).toBeUndefined();
  const outside = ownPlace({ home: '/', baseDir: '/', clock: systemClock, environment: {} });
  expect(outside.serviceHost).toBeUndefined();
  expect(await outside.clusterUid(never)).toBeUndefined();
});
