import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { z } from 'zod';
import type { PodManifest } from '../../sandbox/cluster/api/pod.ts';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { createCertificateAuthority } from '../../sandbox/cluster/tls/certificate-authority.ts';

const ruleSchema = z.object({
  verbs: z.array(z.string()),
  apiGroups: z.array(z.string()),
  resources: z.array(z.string()),
});
const roleSchema = z.looseObject({ rules: z.array(ruleSchema) });
const metadataSchema = z.looseObject({ name: z.string(), namespace: z.string().optional() });
const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: metadataSchema.default({ name: '' }),
});

const podBodySchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
  spec: z.looseObject({
    containers: z.array(
      z.looseObject({ name: z.string(), image: z.string(), command: z.array(z.string()).optional() }),
    ),
  }),
});

export interface WritableFront extends AsyncDisposable {
  readonly url: string;
  readonly caPem: string;
  /** `POST pods`, `DELETE namespaces`, …, in order. */
  readonly changes: readonly string[];
}

/** The stand-in only reads. This stands before it and takes what the acceptance suite creates and deletes, as admin. */
export const startWritableFront = async (cluster: StandInCluster): Promise<WritableFront> => {
  const authority = createCertificateAuthority('writable-front');
  const certificate = authority.issueServer(['127.0.0.1'], ['localhost']);
  const changes: string[] = [];
  const rules = new Map<string, z.infer<typeof roleSchema>['rules']>();
  const sockets = new Set<Duplex>();

  const create = async (path: string, body: unknown): Promise<unknown> => {
    const token = /\/serviceaccounts\/([^/]+)\/token$/.exec(path)?.[1];
    if (token !== undefined) {
      const user = cluster.addUser(`system:serviceaccount:test:${token}`, rules.get(token) ?? []);
      return { status: { token: user.token } };
    }
    const object = objectSchema.parse(body);
    if (object.kind === 'Pod') return await startPod(cluster, podBodySchema.parse(body));
    if (object.kind === 'Role') rules.set(object.metadata.name, roleSchema.parse(body).rules);
    if (object.kind === 'Namespace')
      cluster.addObject({
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'default', namespace: object.metadata.name },
      });
    return cluster.addObject({ ...object, metadata: { ...withoutUndefined(object.metadata) } });
  };
  const remove = async (path: string): Promise<unknown> => {
    const [, namespace = '', name] = /^\/api\/v1\/namespaces\/([^/]+)(?:\/pods\/([^/]+))?$/.exec(path) ?? [];
    if (name !== undefined) await cluster.deletePod(namespace, name);
    return { kind: 'Status', apiVersion: 'v1', status: 'Success' };
  };
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = incoming.url ?? '/';
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const isChange =
      (incoming.method === 'POST' && !path.includes('reviews')) || incoming.method === 'DELETE';
    if (!isChange) return forward(cluster, incoming, body, response);
    changes.push(`${incoming.method} ${path.replace(/firebreak-[0-9a-f]+/, 'NS')}`);
    const made =
      incoming.method === 'POST' ? await create(path, JSON.parse(body.toString('utf8'))) : await remove(path);
    const text = JSON.stringify(made);
    response.writeHead(incoming.method === 'POST' ? 201 : 200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    });
    response.end(text);
  };
  const server = createServer(
    { cert: certificate.certPem, key: certificate.keyPem },
    (incoming, response) => {
      answer(incoming, response).catch((error: unknown) => response.destroy(new Error(String(error))));
    },
  );
  server.on('upgrade', (incoming, socket, head) => tunnel(cluster, incoming, socket, head));
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the front has no port');
  return {
    url: `https://127.0.0.1:${address.port}`,
    caPem: authority.caPem,
    changes,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
};

const withoutUndefined = (metadata: z.infer<typeof metadataSchema>) => ({
  name: metadata.name,
  ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
});

/** The stand-in's kubelet restarts nothing by itself: a command that ends is shown as one that crashes again and again. */
const startPod = async (cluster: StandInCluster, body: z.infer<typeof podBodySchema>): Promise<unknown> => {
  const { name, namespace } = body.metadata;
  const manifest: PodManifest = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      nodeName: 'node-a',
      containers: body.spec.containers.map((container) => ({
        name: container.name,
        image: container.image,
        ...(container.command === undefined ? {} : { command: container.command }),
        securityContext: { runAsUser: 65534, runAsGroup: 65534 },
      })),
    },
  };
  const crashes = body.spec.containers.some(({ command }) => command?.join(' ').includes('exit'));
  return await cluster.addPod(
    manifest,
    crashes
      ? {
          app: {
            reason: 'CrashLoopBackOff',
            message: 'back-off restarting failed container',
            exitCode: 3,
            log: ['it crashed'],
          },
        }
      : {},
  );
};

const forward = (
  cluster: StandInCluster,
  incoming: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): void => {
  const sent = httpsRequest(
    `${cluster.url}${incoming.url}`,
    { method: incoming.method, headers: incoming.headers, ca: cluster.caPem, agent: false },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  sent.on('error', () => response.destroy());
  sent.end(body);
};

const tunnel = (cluster: StandInCluster, incoming: IncomingMessage, socket: Duplex, head: Buffer): void => {
  const { port } = new URL(cluster.url);
  const far = connect({ host: '127.0.0.1', port: Number(port), ca: cluster.caPem }, () => {
    const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`];
    for (let at = 0; at < incoming.rawHeaders.length; at += 2)
      lines.push(`${incoming.rawHeaders[at]}: ${incoming.rawHeaders[at + 1]}`);
    far.write(`${lines.join('\r\n')}\r\n\r\n`);
    far.write(head);
    far.pipe(socket);
    socket.pipe(far);
  });
  far.on('error', () => socket.destroy());
  socket.on('error', () => far.destroy());
  socket.on('close', () => far.destroy());
};
