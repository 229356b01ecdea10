import { request } from 'node:https';
import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';

const UPGRADE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': Buffer.alloc(16).toString('base64'),
  'sec-websocket-protocol': 'v5.channel.k8s.io',
};

/** Sends a request that was recorded once more, as the same caller in the same name, and resolves with the status of its answer. */
export const requestStatus = (
  cluster: StandInCluster,
  { method, path, user, impersonated, upgrade, body = '' }: RecordedRequest,
): Promise<number> =>
  new Promise((resolve, reject) => {
    const extras = Object.entries(impersonated?.extra ?? {}).map(
      ([key, values]) => [`impersonate-extra-${key}`, [...values]] as const,
    );
    const sent = request(`${cluster.url}${path}`, {
      ...{ method, ca: cluster.caPem, agent: false },
      headers: {
        authorization: `Bearer ${cluster.token(user)}`,
        'content-length': String(Buffer.byteLength(body)),
        ...(method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {}),
        ...(impersonated === undefined ? {} : { 'impersonate-user': impersonated.user }),
        ...Object.fromEntries(extras),
        ...(upgrade ? UPGRADE : {}),
      },
    });
    sent.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    sent.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end(body);
  });
