import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBundle } from '../scenarios/read-bundle.ts';
import { refusedKubeconfig } from './refused-kubeconfig.ts';
import { type Suite, startSuite } from './start-suite.ts';
import { isRunning } from './test-cluster.ts';

const NEEDS_OWN = 'it needs a namespace of its own: leave TEST_NAMESPACE and TEST_POD out';
/** Every name below the root file system, with size and times of content and inode, by the container's own tools. */
const LIST = ['sh', '-c', "find / -xdev -exec stat -c '%n %s %Y %Z' {} + 2>/dev/null | sort"];
/** What every process runs, this one aside. */
const PROCESSES = [
  'sh',
  '-c',
  'for p in /proc/[0-9]*; do [ "$p" = "/proc/$$" ] || { tr "\\0" " " <"$p/cmdline" && echo; } 2>/dev/null; done',
];
const TOKEN = ['cat', '/var/run/secrets/kubernetes.io/serviceaccount/token'];

let suite: Suite;
beforeAll(async () => {
  suite = await startSuite(async (cluster, folder) => {
    if (cluster.scene === 'given') return {};
    await cluster.addPod('no-shell', { image: cluster.images.noShell });
    await cluster.addPod('crashes', { command: ['sh', '-c', 'echo it crashed; exit 3'] });
    await cluster.addPod('replaced', { command: ['sh', '-c', 'exec sleep 86400'] });
    return { refused: await refusedKubeconfig(cluster, folder) };
  });
});
afterAll(() => suite?.[Symbol.asyncDispose]());

/** `pod/NAME -n NAMESPACE`, as a person types it. */
const named = (pod: string): string => `pod/${pod} -n ${suite.cluster.namespace}`;

/** Processes of the kinds that a collector starts. */
const toolsAtWork = async (): Promise<readonly string[]> =>
  (await suite.cluster.run(PROCESSES))
    .split('\n')
    .filter((line) => /^(sh -s|tar|tee|head|wc|sha256sum|sleep)\b/.test(line))
    .toSorted();

describe('inspect', () => {
  test('shows containers, node, identity and events without an approval', async () => {
    const { pod, container } = suite.cluster;
    const answer = await suite.ask(`inspect real ${named(pod)}`);
    if (answer.kind !== 'card') throw new Error(answer.words);
    const ended = await suite.end(answer.run);
    expect(ended.state).toBe('succeeded');
    expect(ended.words).toContain(container);
    const { words } = await suite.card('Containers');
    for (const part of [`inspect pod/${pod}`, 'Node', 'Service account', 'Events'])
      expect(words).toContain(part);
  });

  test('of a pod that does not exist says so and offers what may have been meant', async () => {
    const { pod, namespace } = suite.cluster;
    const answer = await suite.ask(`inspect real ${named(`${pod}x`)}`);
    expect(answer.kind).toBe('told');
    expect(answer.words).toContain(`There is no pod ${pod}x in the namespace ${namespace} of real.`);
    expect(answer.words).toContain(`Did you mean pod/${pod}`);
  });
});

describe('acquire', () => {
  test('seals a whole bundle, writes nothing into the container and leaves no process', async () => {
    const { cluster } = suite;
    const before = await cluster.run(LIST);
    const toolsBefore = await toolsAtWork();
    expect(before.split('\n').length).toBeGreaterThan(10);
    const ended = await suite.acquire(`acquire real ${named(cluster.pod)} -c ${cluster.container}`);
    expect(ended.words).toContain('was collected');
    expect(ended.state).toBe('succeeded');
    const bundle = readBundle(ended.folder);
    expect(['VERIFIED', 'COUNTED']).toContain(bundle.artifact('files.tar').completeness);
    expect(bundle.tarNames('files.tar').length).toBeGreaterThan(10);
    expect(bundle.artifact('volatile.jsonl').completeness).toBe('COUNTED');
    expect(await cluster.run(LIST)).toBe(before);
    expect(await toolsAtWork()).toEqual(toolsBefore);
  });

  test('keeps the mounted token out of the bundle', async ({ skip }) => {
    const token = (await suite.cluster.run(TOKEN)).trim();
    if (token === '') skip('the pod mounts no token');
    const files = readdirSync(suite.evidence, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(files.map(({ name }) => name)).toContain('files.tar');
    for (const { parentPath, name } of files)
      expect(readFileSync(join(parentPath, name)).includes(token.slice(-40)), name).toBe(false);
  });

  test('of a container without a shell gives logs and objects, and says what to take instead', async ({
    skip,
  }) => {
    if (suite.cluster.scene === 'given') skip(NEEDS_OWN);
    await suite.cluster.podWhen('no-shell', isRunning);
    const ended = await suite.acquire(`acquire real ${named('no-shell')}`);
    expect(ended.state).toBe('incomplete');
    expect(ended.words).toContain('has no shell');
    expect(readBundle(ended.folder).artifact('pod.json').completeness).toBe('COUNTED');
  });

  test('of a crashing pod gives the log of its last run', async ({ skip }) => {
    if (suite.cluster.scene === 'given') skip(NEEDS_OWN);
    await suite.cluster.podWhen(
      'crashes',
      ({ status }) => (status.containerStatuses[0]?.restartCount ?? 0) > 0,
    );
    const ended = await suite.acquire(`acquire real ${named('crashes')}`);
    expect(ended.state).toBe('incomplete');
    const bundle = readBundle(ended.folder);
    const logs = bundle.manifest.artifacts.filter(({ name, bytes }) => name.startsWith('logs/') && bytes > 0);
    expect(logs.map(({ name }) => bundle.read(name)).join('')).toContain('it crashed');
  });

  test('of a pod that was replaced since it was approved does nothing, and names the new one', async ({
    skip,
  }) => {
    const { cluster } = suite;
    if (cluster.scene === 'given') skip(NEEDS_OWN);
    await cluster.podWhen('replaced', isRunning);
    const answer = await suite.ask(`acquire real ${named('replaced')}`);
    if (answer.kind !== 'card') throw new Error(answer.words);
    await cluster.deletePod('replaced');
    await cluster.addPod('replaced', { command: ['sh', '-c', 'exec sleep 86400'] });
    const { metadata } = await cluster.podWhen('replaced', isRunning);
    await suite.approve(answer);
    const ended = await suite.end(answer.run);
    expect(ended.state).toBe('failed');
    expect(ended.words).toContain(metadata.uid);
    expect(existsSync(ended.folder)).toBe(false);
  });

  test('by an identity that may only read pods is refused before anyone is asked, and names what is missing', async ({
    skip,
  }) => {
    if (suite.cluster.scene === 'given') skip(NEEDS_OWN);
    const answer = await suite.ask(`acquire refused ${named(suite.cluster.pod)}`);
    expect(answer.kind).toBe('told');
    expect(answer.words).toContain('get pods/log, get pods/exec, create pods/exec');
  });
});

/** Asks, has it approved, and expects that it succeeded; resolves with its run. */
const done = async (command: string): Promise<string> => {
  const { state, run, words } = await suite.acquire(command);
  expect({ command, state, words }).toMatchObject({ state: 'succeeded' });
  return run;
};

describe('a change', () => {
  test('of a pod’s labels is marked with its run, and undone it leaves the pod as it was', async ({
    skip,
  }) => {
    const { cluster } = suite;
    if (cluster.scene === 'given') skip(NEEDS_OWN);
    const { namespace, pod: name } = cluster;
    const path = { group: '', version: 'v1', resource: 'pods', namespace, name };
    const { metadata: before } = await cluster.see(path);
    const run = await done(`label real ${named(name)} quarantine=true`);
    const { metadata } = await cluster.see(path);
    expect(metadata).toMatchObject({
      uid: before.uid,
      labels: { ...before.labels, quarantine: 'true', 'firebreak.dev/case': run.replace(/-\d+$/, '') },
      annotations: { 'firebreak.dev/run': run },
    });
    expect(metadata.managedFields.map(({ manager }) => manager)).toContain('firebreak');
    expect(await suite.told('in-force')).toContain(`pod/${name} in ${namespace}`);
    await done(`undo ${run}`);
    const { metadata: after } = await cluster.see(path);
    expect([after.uid, after.labels, after.annotations]).toEqual([
      before.uid,
      before.labels,
      before.annotations,
    ]);
  });

  test('of a Deployment’s labels leaves its pod template alone', async ({ skip }) => {
    const { cluster } = suite;
    if (cluster.scene === 'given') skip(NEEDS_OWN);
    const { namespace, images } = cluster;
    const deployments = { group: 'apps', version: 'v1', resource: 'deployments', namespace };
    const labels = { app: 'marked' };
    await cluster.add(deployments, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'marked', namespace, labels },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: images.shell }] } },
      },
    });
    const path = { ...deployments, name: 'marked' };
    const before = await cluster.see(path);
    const run = await done(`label real deployment/marked -n ${namespace} quarantine=true`);
    const { metadata, spec } = await cluster.see(path);
    expect(metadata.labels).toMatchObject({ ...labels, quarantine: 'true' });
    expect(spec.template).toEqual(before.spec.template);
    await done(`undo ${run}`);
    expect((await cluster.see(path)).metadata.labels).toEqual(before.metadata.labels);
  });

  test('that holds a pod has its deletion and its eviction refused, and ended it leaves the pod as it was', async ({
    skip,
  }) => {
    const { cluster } = suite;
    if (cluster.scene === 'given') skip(NEEDS_OWN);
    const { namespace, pod: name } = cluster;
    const path = { group: '', version: 'v1', resource: 'pods', namespace, name };
    const { metadata: before } = await cluster.see(path);
    const run = await done(`hold real ${named(name)} --no-node`);
    try {
      expect((await cluster.see(path)).metadata.labels).toMatchObject({ 'firebreak.dev/held-by': run });
      expect(['not-allowed', 'object-invalid']).toContain(await cluster.refuses('deletion', name));
      expect(await cluster.refuses('eviction', name)).not.toBe('not-found');
      const budget = { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets', namespace };
      const key = { ...budget, name: `firebreak-${run.toLowerCase()}` };
      expect((await cluster.see(key)).metadata.annotations).toMatchObject({ 'firebreak.dev/run': run });
      await done(`unhold real ${named(name)}`);
      const { metadata: after } = await cluster.see(path);
      expect([after.uid, after.labels, after.annotations]).toEqual([
        before.uid,
        before.labels,
        before.annotations,
      ]);
      await expect(cluster.see(key)).rejects.toThrow();
    } finally {
      await cluster.forget(run);
    }
  });

  test('of a node cordons and holds it, and undone it leaves the node as it was', async ({ skip }) => {
    const { cluster } = suite;
    if (cluster.scene === 'given') skip(NEEDS_OWN);
    const chosen = await cluster.cordonable();
    if (typeof chosen === 'string') skip(chosen);
    else {
      const path = { group: '', version: 'v1', resource: 'nodes', name: chosen.node };
      const before = await cluster.see(path);
      try {
        const run = await done(`cordon real node/${chosen.node}`);
        const { metadata, spec } = await cluster.see(path);
        expect(spec.unschedulable).toBe(true);
        expect(metadata.annotations).toMatchObject({
          'firebreak.dev/run': run,
          'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'true',
          'karpenter.sh/do-not-disrupt': 'true',
        });
        await done(`undo ${run}`);
        const after = await cluster.see(path);
        expect(after.spec.unschedulable).toBe(before.spec.unschedulable);
        expect(after.metadata.labels).toEqual(before.metadata.labels);
        for (const key of Object.keys(metadata.annotations))
          if (!Object.hasOwn(before.metadata.annotations, key))
            expect(after.metadata.annotations).not.toHaveProperty([key]);
      } finally {
        await cluster.restore(chosen.node, before);
      }
    }
  });
});
