import { describe, expect, it, type TestContext } from 'vitest';
import type { RemoteSource } from './cloud-scene.ts';
import { type CloudStage, caught } from './cloud-stage.ts';

/** As `ConnectedClusters`: what a connection has, with everything that it asks a cloud for. */
const CONNECT_DEADLINE_MS = 30_000;
/** A waited time is one of many; that five are the same is no chance. */
const ROUNDS = 5;

/** What a provider keeps that asks a service over the network. The tests are skipped for one that only reads files. */
export const remoteSourceContract = (stage: CloudStage): void => {
  const remoteOf = ({ skip }: TestContext): RemoteSource =>
    stage.scene.remote ?? skip('this provider asks nobody over the network');
  const hangOf = (context: TestContext): (() => void) =>
    remoteOf(context).hang ?? context.skip("this scene's source always answers");
  /** Everything known is refused, so that the next token needs the source. */
  const refuse = async () => {
    const access = await stage.connect();
    await access.token(stage.signal);
    await stage.scene.revoke();
    access.forgetToken();
    return access;
  };

  describe('a source that is asked over the network', () => {
    it('is asked again when it throttles', async (context) => {
      const remote = remoteOf(context);
      const access = await refuse();
      remote.throttle(2);
      expect(stage.scene.accepts((await access.token(stage.signal)) ?? '')).toBe(true);
    });

    it('is not asked for ever when it goes on throttling', async (context) => {
      const remote = remoteOf(context);
      const access = await refuse();
      remote.throttle(Number.POSITIVE_INFINITY);
      const error = await caught(access.token(stage.signal));
      expect(error.code).toBe('cluster-throttled');
      expect(error.retry).toBe('retry can help');
      stage.expectNoSecret(error);
    });

    it('is asked again after a time that is never quite the same', async (context) => {
      const remote = remoteOf(context);
      const { waits } = remote;
      if (waits === undefined) return context.skip("this provider's library waits by itself");
      const first: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const access = await refuse();
        const before = waits().length;
        remote.throttle(1);
        await access.token(stage.signal);
        first.push(...waits().slice(before, before + 1));
      }
      expect(first).toHaveLength(ROUNDS);
      expect(new Set(first).size).toBeGreaterThan(1);
      for (const ms of first) expect(ms).toBeGreaterThanOrEqual(0);
    });

    it('that never answers keeps nobody who gives up', async (context) => {
      const hang = hangOf(context);
      const access = await refuse();
      const leaving = new AbortController();
      hang();
      const left = access.token(leaving.signal);
      leaving.abort(new Error('left'));
      await expect(left).rejects.toThrow('left');
    });

    it('that never answers is given up before the deadline of a connection', async (context) => {
      const hang = hangOf(context);
      const access = await refuse();
      hang();
      // The reason of the signal would be no FirebreakError.
      const error = await caught(access.token(AbortSignal.timeout(CONNECT_DEADLINE_MS)));
      expect(['cluster-unreachable', 'cluster-timeout']).toContain(error.code);
      expect(error.retry).toBe('retry can help');
      stage.expectNoSecret(error);
    });
  });
};
