import { expect, it } from 'vitest';
import { FirebreakError } from '../../core/firebreak-error.ts';
import { seeBefore } from './before-the-deny.ts';

const POD = {
  ...{ kind: 'Pod', apiVersion: 'v1' },
  metadata: { namespace: 'n', name: 'x', uid: 'u', labels: { 'firebreak.dev/isolated-by': 'R' } },
  spec: { containers: [{ name: 'app' }] },
  status: {
    containerStatuses: [{ name: 'app', restartCount: 3 }],
    initContainerStatuses: [{ name: 'mesh', restartCount: 2 }],
  },
};

it('counts restarts from the approval on where an earlier worker had cut the pod off', async () => {
  const gone = new FirebreakError({ code: 'not-running', message: 'It is gone.', next: 'Ask again.' });
  const client = { get: async () => POD, exec: () => Promise.reject(gone) };
  const clock = { now: () => new Date(), monotonicMs: () => 0, sleep: () => Promise.withResolvers().promise };
  const { signal } = new AbortController();
  const containers = [{ name: 'app', restartCount: 1 }];
  const seen = await seeBefore(
    {
      ...{ cluster: client, names: { run: 'R', case: 'C' }, signal, drift: [] },
      target: { kind: 'pod', namespace: 'n', name: 'x', uid: 'u', containers },
    } as never,
    {
      client,
      clock,
      signal,
      from: { namespace: 'n', pod: 'x', container: 'f', tools: 'tool image' },
    } as never,
    { targets: { tries: [], listenerPort: 1, lacking: [] } } as never,
  );
  expect(seen.taken).toBe('after it');
  expect(seen.before.restarts).toEqual({ app: 1, mesh: 2 });
});
