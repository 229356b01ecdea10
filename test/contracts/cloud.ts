import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Cloud, CloudContext, ClusterAccess } from '../../src/core/cloud.ts';
import type { ErrorCode } from '../../src/core/firebreak-error.ts';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import { createClusterClient, type KubernetesClient } from '../../src/kubernetes/cluster-client.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { type ApiServer, bearerOf, sendJson, sendStatus, startApiServer } from './cloud-api-server.ts';
import { createTestAuthority, type KeyedCertificate, type TestAuthority } from './cloud-certificates.ts';

/** Where a provider's source says that the cluster is. */
export interface PointedCluster {
  readonly server: URL;
  readonly caPem: string;
}

/** One provider with a source of its own (files, a stand-in of a cloud's API) that the test turns. */
export interface CloudScene {
  readonly cloud: Cloud;
  /** The provider's keys as `firebreak.yml` holds them. */
  readonly options: unknown;
  readonly context: CloudContext;
  /** The source describes this cluster from now on. */
  pointTo(cluster: PointedCluster): Promise<void>;
  /** What the cluster's authenticator says of a bearer token. */
  accepts(token: string): boolean;
  /** No token handed out so far is accepted any more; the source gives another. */
  revoke(): Promise<void>;
  /** The token handed out last is valid for less than a minute; the source gives another. */
  age(): Promise<void>;
  /** How often the source was asked for a credential. */
  fetches(): number;
  /** Every secret that was handed out. */
  secrets(): readonly string[];
  close(): Promise<void>;
}

/** What goes wrong at the source, and what a person then reads. */
export interface CloudFailure {
  readonly when: string;
  readonly code: ErrorCode;
  readonly says: RegExp;
  readonly arrange: (scene: CloudScene) => Promise<void>;
  /** Keys instead of the scene's. */
  readonly options?: unknown;
}

const caught = async (promise: Promise<unknown>): Promise<FirebreakError> => {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof FirebreakError) return thrown;
  throw new Error(`expected a FirebreakError, got ${inspect(thrown)}`);
};

/** Runs the contract that every provider keeps. `failures` is named apart, so that each is a test of its own. */
export const cloudContract = (
  provider: string,
  startScene: () => Promise<CloudScene>,
  failures: readonly CloudFailure[],
): void => {
  describe(`the cloud contract, kept by ${provider}`, () => {
    let scene: CloudScene;
    let authority: TestAuthority;
    let api: ApiServer;
    let requests = 0;
    let takes: (token: string) => boolean;
    const servers: ApiServer[] = [];
    const clients: KubernetesClient[] = [];
    const signal = new AbortController().signal;

    const serve = async (certificate: KeyedCertificate): Promise<ApiServer> => {
      const started = await startApiServer(certificate, (request, response) => {
        requests += 1;
        if (takes(bearerOf(request))) sendJson(response, 200, { gitVersion: 'v1.36.2' });
        else sendStatus(response, 401, 'Unauthorized', `Unauthorized: ${request.headers.authorization}`);
      });
      servers.push(started);
      return started;
    };
    const connect = (): Promise<ClusterAccess> =>
      scene.cloud.access.connect(scene.cloud.access.readOptions(scene.options), scene.context, signal);
    const client = async (): Promise<KubernetesClient> => {
      const made = createClusterClient({
        access: await connect(),
        reconnect: connect,
        cluster: scene.context.cluster,
        userAgent: 'firebreak/test',
        clock: systemClock,
      });
      clients.push(made);
      return made;
    };
    const expectNoSecret = (error: FirebreakError): void => {
      const shown = `${error.sentence} ${error.stack} ${inspect(error, { depth: 20, showHidden: true })} ${JSON.stringify(error)}`;
      expect(scene.secrets().length).toBeGreaterThan(0);
      for (const secret of scene.secrets()) expect(shown).not.toContain(secret);
    };

    beforeEach(async () => {
      requests = 0;
      scene = await startScene();
      takes = (token) => scene.accepts(token);
      authority = createTestAuthority('first');
      api = await serve(authority.issue(['127.0.0.1']));
      await scene.pointTo({ server: api.url, caPem: authority.caPem });
    });
    afterEach(async () => {
      for (const made of clients.splice(0)) made.close();
      for (const server of servers.splice(0)) await server.close();
      await scene.close();
    });

    it('leads to the cluster, with a credential that the cluster takes', async () => {
      expect(await (await client()).version(signal)).toBe('v1.36.2');
      expect(requests).toBe(1);
    });

    it('refuses a key that it does not act on', () => {
      expect(() => scene.cloud.access.readOptions({ ...Object(scene.options), insecure: true })).toThrow(
        /insecure/u,
      );
    });

    it('refuses a server whose certificate another CA signed, before any request', async () => {
      const other = await serve(createTestAuthority('other').issue(['127.0.0.1']));
      await scene.pointTo({ server: other.url, caPem: authority.caPem });
      const error = await caught((await client()).version(signal));
      expect(error.code).toBe('cluster-untrusted');
      expect(error.message).toMatch(/not signed by the CA/u);
      expect(requests).toBe(0);
    });

    it('refuses a server whose certificate is for another name', async () => {
      const other = await serve(authority.issue(['elsewhere.example']));
      await scene.pointTo({ server: other.url, caPem: authority.caPem });
      const error = await caught((await client()).version(signal));
      expect(error.code).toBe('cluster-untrusted');
      expect(error.message).toMatch(/not valid for the name/u);
      expect(requests).toBe(0);
    });

    it('refuses a server whose certificate has expired', async () => {
      const other = await serve(authority.issue(['127.0.0.1'], 'expired'));
      await scene.pointTo({ server: other.url, caPem: authority.caPem });
      const error = await caught((await client()).version(signal));
      expect(error.code).toBe('cluster-untrusted');
      expect(error.message).toMatch(/expired/u);
      expect(requests).toBe(0);
    });

    it('gets another token when the cluster refuses the one it had, and asks again once', async () => {
      const reached = await client();
      await reached.version(signal);
      await scene.revoke();
      requests = 0;
      expect(await reached.version(signal)).toBe('v1.36.2');
      expect(requests).toBeLessThanOrEqual(2);
    });

    it('says that it is not authenticated when a new token is refused too, and shows no token', async () => {
      const access = await connect();
      await access.token(signal);
      takes = () => false;
      const error = await caught((await client()).version(signal));
      expect(error.code).toBe('not-authenticated');
      expect(requests).toBe(2);
      expectNoSecret(error);
    });

    it('never hands out a token that ends within a minute', async () => {
      const access = await connect();
      const old = await access.token(signal);
      await scene.age();
      const next = await access.token(signal);
      expect(next).not.toBe(old);
      expect(scene.accepts(next ?? '')).toBe(true);
    });

    it('fetches once for callers that ask at the same time', async () => {
      const access = await connect();
      await scene.revoke();
      const before = scene.fetches();
      access.forgetToken();
      const tokens = await Promise.all(Array.from({ length: 10 }, () => access.token(signal)));
      expect(new Set(tokens).size).toBe(1);
      expect(scene.accepts(tokens[0] ?? '')).toBe(true);
      expect(scene.fetches() - before).toBe(1);
    });

    it('lets one caller give up without taking the token from the others', async () => {
      const access = await connect();
      access.forgetToken();
      const leaving = new AbortController();
      const left = access.token(leaving.signal);
      const stayed = access.token(signal);
      leaving.abort(new Error('left'));
      await expect(left).rejects.toThrow('left');
      expect(scene.accepts((await stayed) ?? '')).toBe(true);
    });

    it('follows a rotated CA', async () => {
      const reached = await client();
      await reached.version(signal);
      const next = createTestAuthority('next');
      const certificate = next.issue(['127.0.0.1']);
      api.server.setSecureContext({ cert: certificate.certPem, key: certificate.keyPem });
      api.server.closeAllConnections();
      await scene.pointTo({ server: api.url, caPem: next.caPem });
      expect(await reached.version(signal)).toBe('v1.36.2');
    });

    it('follows a moved endpoint', async () => {
      const reached = await client();
      await reached.version(signal);
      const moved = await serve(authority.issue(['127.0.0.1']));
      await api.close();
      await scene.pointTo({ server: moved.url, caPem: authority.caPem });
      expect(await reached.version(signal)).toBe('v1.36.2');
    });

    it('says that nothing answers at an address that is gone', async () => {
      const reached = await client();
      await api.close();
      const error = await caught(reached.version(signal));
      expect(error.code).toBe('cluster-unreachable');
      expectNoSecret(error);
    });

    it.each(failures.map((failure) => [failure.when, failure] as const))(
      'says in one sentence what to do when %s',
      async (_when, failure) => {
        await failure.arrange(scene);
        const options = scene.cloud.access.readOptions(failure.options ?? scene.options);
        const error = await caught(
          scene.cloud.access.connect(options, scene.context, signal).then((access) => access.token(signal)),
        );
        expect(error.code).toBe(failure.code);
        expect(error.sentence).toMatch(failure.says);
        expect(error.message).toMatch(/\.$/u);
        expect(error.next).toMatch(/\.$/u);
        expectNoSecret(error);
      },
    );
  });
};
