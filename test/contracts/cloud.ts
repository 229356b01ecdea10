import { describe, expect, it } from 'vitest';
import { clouds } from '../../src/clouds/index.ts';
import { IDENTITIES } from '../../src/core/cloud.ts';
import { createTestAuthority } from './cloud-certificates.ts';
import { privateClusterContract } from './cloud-private.ts';
import { remoteSourceContract } from './cloud-remote.ts';
import type { CloudFailure, CloudScene } from './cloud-scene.ts';
import { CloudStage, caught } from './cloud-stage.ts';

export type { CloudFailure, CloudScene, PointedCluster, RemoteSource } from './cloud-scene.ts';

/** Runs the contract that every provider keeps. `failures` is named apart, so that each is a test of its own. */
export const cloudContract = (
  provider: string,
  startScene: () => Promise<CloudScene>,
  failures: readonly CloudFailure[],
): void => {
  describe(`the cloud contract, kept by ${provider}`, () => {
    const stage = new CloudStage(startScene);
    const { signal } = stage;

    it('leads to the cluster, with a credential that the cluster takes', async () => {
      expect(await (await stage.client()).version(signal)).toBe('v1.36.2');
      expect(stage.requests).toBe(1);
    });

    it('stands in the registry by this name', () => {
      expect(stage.scene.cloud.provider).toBe(provider);
      expect(clouds.map((cloud) => cloud.provider)).toContain(provider);
    });

    it('says who it is, and shows no secret in that', async () => {
      const access = await stage.connect();
      await access.token(signal);
      const { source, principal, warnings } = await access.caller(signal);
      expect(source).not.toBe('');
      expect(principal).not.toBe('');
      for (const warning of warnings) expect(warning).toMatch(/\.$/u);
      for (const secret of stage.scene.secrets())
        expect(JSON.stringify([source, principal, warnings])).not.toContain(secret);
    });

    it('prints for each identity who it is by RBAC, and what else it needs', () => {
      const { cloud, options, context } = stage.scene;
      for (const identity of IDENTITIES) {
        const { subject, grants } = cloud.access.grants(cloud.access.readOptions(options), {
          cluster: context.cluster,
          identity,
        });
        expect(subject.name).not.toBe('');
        for (const { title, text } of grants) expect([title, text]).not.toContain('');
      }
    });

    it('gives no new token to an address that is not the cluster any more', async () => {
      const access = await stage.connect();
      await access.token(signal);
      const moved = await stage.serve(stage.authority.issue(['127.0.0.1']));
      await stage.scene.pointTo({ server: moved.url, caPem: stage.authority.caPem });
      access.forgetToken();
      expect((await caught(access.token(signal))).code).toBe('cluster-unreachable');
      expect(stage.scene.accepts((await (await stage.connect()).token(signal)) ?? '')).toBe(true);
    });

    it('is not connected for one who has given up', async () => {
      const left = AbortSignal.abort(new Error('left'));
      const { cloud, options, context } = stage.scene;
      await expect(cloud.access.connect(cloud.access.readOptions(options), context, left)).rejects.toThrow(
        'left',
      );
    });

    it('refuses a key that it does not act on', () => {
      expect(() =>
        stage.scene.cloud.access.readOptions({ ...Object(stage.scene.options), insecure: true }),
      ).toThrow(/insecure/u);
    });

    it('refuses a server whose certificate another CA signed, before any request', async () => {
      const other = await stage.serve(createTestAuthority('other').issue(['127.0.0.1']));
      await stage.scene.pointTo({ server: other.url, caPem: stage.authority.caPem });
      const error = await caught((await stage.client()).version(signal));
      expect(error.code).toBe('cluster-untrusted');
      expect(error.message).toMatch(/not signed by the CA/u);
      expect(stage.requests).toBe(0);
    });

    it('refuses a server whose certificate is for another name', async () => {
      const other = await stage.serve(stage.authority.issue(['elsewhere.example']));
      await stage.scene.pointTo({ server: other.url, caPem: stage.authority.caPem });
      const error = await caught((await stage.client()).version(signal));
      expect(error.code).toBe('cluster-untrusted');
      expect(error.message).toMatch(/not valid for the name/u);
      expect(stage.requests).toBe(0);
    });

    it('refuses a server whose certificate has expired', async () => {
      const other = await stage.serve(stage.authority.issue(['127.0.0.1'], 'expired'));
      await stage.scene.pointTo({ server: other.url, caPem: stage.authority.caPem });
      const error = await caught((await stage.client()).version(signal));
      expect(error.code).toBe('cluster-untrusted');
      expect(error.message).toMatch(/expired/u);
      expect(stage.requests).toBe(0);
    });

    it('gets another token when the cluster refuses the one it had, and asks again once', async () => {
      const reached = await stage.client();
      await reached.version(signal);
      await stage.scene.revoke();
      stage.requests = 0;
      expect(await reached.version(signal)).toBe('v1.36.2');
      expect(stage.requests).toBeLessThanOrEqual(2);
    });

    it('says that it is not authenticated when a new token is refused too, and shows no token', async () => {
      const access = await stage.connect();
      await access.token(signal);
      stage.takes = () => false;
      const error = await caught((await stage.client()).version(signal));
      expect(error.code).toBe('not-authenticated');
      expect(stage.requests).toBe(2);
      stage.expectNoSecret(error);
    });

    it('never hands out a token that ends within a minute', async () => {
      const access = await stage.connect();
      const old = await access.token(signal);
      await stage.scene.age();
      const next = await access.token(signal);
      expect(next).not.toBe(old);
      expect(stage.scene.accepts(next ?? '')).toBe(true);
    });

    it('fetches once for callers that ask at the same time', async () => {
      const access = await stage.connect();
      await stage.scene.revoke();
      const before = stage.scene.fetches();
      access.forgetToken();
      const tokens = await Promise.all(Array.from({ length: 10 }, () => access.token(signal)));
      expect(new Set(tokens).size).toBe(1);
      expect(stage.scene.accepts(tokens[0] ?? '')).toBe(true);
      expect(stage.scene.fetches() - before).toBe(1);
    });

    it('lets one caller give up without taking the token from the others', async () => {
      const access = await stage.connect();
      access.forgetToken();
      const leaving = new AbortController();
      const left = access.token(leaving.signal);
      const stayed = access.token(signal);
      leaving.abort(new Error('left'));
      await expect(left).rejects.toThrow('left');
      expect(stage.scene.accepts((await stayed) ?? '')).toBe(true);
    });

    it('follows a rotated CA', async () => {
      const reached = await stage.client();
      await reached.version(signal);
      const next = createTestAuthority('next');
      const certificate = next.issue(['127.0.0.1']);
      stage.api.server.setSecureContext({ cert: certificate.certPem, key: certificate.keyPem });
      stage.api.server.closeAllConnections();
      await stage.scene.pointTo({ server: stage.api.url, caPem: next.caPem });
      expect(await reached.version(signal)).toBe('v1.36.2');
    });

    it('follows a moved endpoint', async () => {
      const reached = await stage.client();
      await reached.version(signal);
      const moved = await stage.serve(stage.authority.issue(['127.0.0.1']));
      await stage.api.close();
      await stage.scene.pointTo({ server: moved.url, caPem: stage.authority.caPem });
      expect(await reached.version(signal)).toBe('v1.36.2');
    });

    it('says that nothing answers at an address that is gone', async () => {
      const reached = await stage.client();
      await stage.api.close();
      const error = await caught(reached.version(signal));
      expect(error.code).toBe('cluster-unreachable');
      stage.expectNoSecret(error);
    });

    privateClusterContract(stage);
    remoteSourceContract(stage);

    it.each(failures.map((failure) => [failure.when, failure] as const))(
      'says in one sentence what to do when %s',
      async (_when, failure) => {
        await failure.arrange(stage.scene);
        const options = stage.scene.cloud.access.readOptions(failure.options ?? stage.scene.options);
        const error = await caught(
          stage.scene.cloud.access
            .connect(options, stage.scene.context, signal)
            .then((access) => access.token(signal)),
        );
        expect(error.code).toBe(failure.code);
        expect(error.sentence).toMatch(failure.says);
        expect(error.message).toMatch(/\.$/u);
        expect(error.next).toMatch(/\.$/u);
        stage.expectNoSecret(error);
      },
    );
  });
};
