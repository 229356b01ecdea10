import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Suite, startSuite } from './start-suite.ts';
import { isRunning } from './test-cluster.ts';

const PORT = 8080;
/** The deny has to be carried out by then, or to be gone. */
const ENGINE_MS = 20_000;
const BUILD =
  'docker buildx build --build-arg DEBIAN=debian:bookworm-slim@<digest> --tag REGISTRY/firebreak-tools --push deploy/tool-image';
const missing =
  process.env['TEST_POD'] !== undefined
    ? 'it needs a namespace of its own: leave TEST_NAMESPACE and TEST_POD out'
    : process.env['TEST_TOOL_IMAGE'] === undefined
      ? `it needs the tool image by its digest in TEST_TOOL_IMAGE. Build it by: ${BUILD} (docs/test-cluster.md)`
      : '';

let suite: Suite | undefined;
beforeAll(async () => {
  if (missing === '')
    suite = await startSuite(async (cluster) => {
      const image = cluster.footholds?.toolImage;
      const busybox = ['/bin/busybox', 'nc', '-ll', '-p', `${PORT}`, '-e', '/bin/busybox', 'cat'];
      const ports = [{ containerPort: PORT }];
      await cluster.addPod('listens', { image, command: busybox, ports });
      await cluster.addPod('asks', { image, command: ['/usr/bin/sleep', '86400'] });
      return {};
    });
});
afterAll(() => suite?.[Symbol.asyncDispose]());

/** The suite with its pods running. */
const ready = async (): Promise<Suite> => {
  if (suite === undefined) throw new Error(missing);
  for (const pod of ['listens', 'asks']) await suite.cluster.podWhen(pod, isRunning);
  return suite;
};

/** Whether a connection by the suite's own pod gets an answer out of the other pod. */
const connects = async ({ cluster }: Suite): Promise<boolean> => {
  const { status } = await cluster.podWhen('listens', isRunning);
  const script = `echo there | /bin/busybox timeout 3 /bin/busybox nc ${status.podIP} ${PORT} 2>/dev/null; true`;
  return (await cluster.run(['/bin/busybox', 'sh', '-c', script], 'asks')).includes('there');
};

const done = async ({ acquire }: Suite, command: string): Promise<{ run: string; words: string }> => {
  const ended = await acquire(command);
  expect({ command, ...ended }).toMatchObject({ state: 'succeeded' });
  return ended;
};

const keys = (namespace: string, run: string) => ({
  pod: { group: '', version: 'v1', resource: 'pods', namespace, name: 'listens' },
  deny: {
    ...{ group: 'networking.k8s.io', version: 'v1', resource: 'networkpolicies', namespace },
    name: `firebreak-${run.toLowerCase()}`,
  },
  probe: {
    ...{ group: 'batch', version: 'v1', resource: 'jobs', namespace: `${namespace}-footholds` },
    name: `firebreak-${run.toLowerCase()}-probe`,
  },
});

describe('an isolation', () => {
  test.for([
    ['isolate', 'a release'],
    ['isolate', 'an undo'],
    ['contain', 'an undo'],
  ] as const)(
    '%s says what a plain connection shows too, and %s takes away what it made',
    async ([verb, ending], { skip }) => {
      if (suite === undefined) skip(missing);
      const playing = await ready();
      const { cluster } = playing;
      const target = `pod/listens -n ${cluster.namespace}`;
      await expect.poll(() => connects(playing), { timeout: ENGINE_MS }).toBe(true);
      const before = await cluster.see(keys(cluster.namespace, '').pod);
      const flags = verb === 'contain' ? ' --no-node' : '';
      const { run, words } = await done(playing, `${verb} real ${target} --keep${flags}`);
      const { pod, deny, probe } = keys(cluster.namespace, run);
      try {
        const verdict = /\b(CONTAINED|PARTIAL|NOT ENFORCED)\b/.exec(words)?.[1];
        expect(verdict).toBeDefined();
        if (verdict !== 'PARTIAL') expect(await connects(playing)).toBe(verdict === 'NOT ENFORCED');
        const { metadata, spec } = await cluster.see(pod);
        expect(metadata.labels).toMatchObject({ 'firebreak.dev/isolated-by': run });
        // The foothold beside it stays in the specification when the run is undone: nothing takes it out again.
        expect(JSON.stringify(spec)).toContain(`firebreak-${run.toLowerCase()}`);
        expect((await cluster.see(deny)).metadata.annotations).toMatchObject({ 'firebreak.dev/run': run });
        expect((await cluster.see(probe)).metadata.annotations).toMatchObject({ 'firebreak.dev/run': run });
        await done(playing, ending === 'an undo' ? `undo ${run}` : `release real ${target}`);
        const after = await cluster.see(pod);
        expect([after.metadata.uid, after.metadata.labels, after.metadata.annotations]).toEqual([
          before.metadata.uid,
          before.metadata.labels,
          before.metadata.annotations,
        ]);
        await expect(cluster.see(deny)).rejects.toThrow();
        const gone = () =>
          cluster.see(probe).then(
            () => false,
            () => true,
          );
        await expect.poll(gone, { timeout: ENGINE_MS }).toBe(true);
        await expect.poll(() => connects(playing), { timeout: ENGINE_MS }).toBe(true);
      } finally {
        await cluster.forget(run);
      }
    },
  );
});
