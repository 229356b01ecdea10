import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Scene, startScene } from './cluster-scene.ts';

vi.setConfig({ maxConcurrency: 8 });

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene?.[Symbol.asyncDispose]());

describe.concurrent('inspect', () => {
  test('answers the first questions about a pod at once, from API objects alone', async () => {
    const answer = await scene.ask('inspect pod/x');
    if (answer.kind !== 'card') throw new Error(answer.words);
    const ended = await scene.end(answer.run);
    expect(ended.state).toBe('succeeded');
    const { words } = await scene.card('Successfully assigned payments/x');
    for (const part of [
      'app: running',
      'registry.example/payments/checkout:4.2.1',
      'Owner: ReplicaSet/checkout-7d9f8b6c54 of Deployment/checkout',
      'node-a: Ready',
      'Mounts the Secret volumes keys',
      'Role/checkout in payments (by checkout): get,list secrets',
      'checkout: ClusterIP 80/TCP',
      'allow-web: Ingress',
      'Successfully assigned payments/x to node-a',
    ])
      expect(words).toContain(part);
    const asked = scene.cluster.requests;
    expect(asked.filter(({ resource }) => /^pods\/|^secrets$/.test(resource))).toEqual([]);
    expect(asked.filter(({ verb }) => !['get', 'list', 'create'].includes(verb))).toEqual([]);
    expect(asked.filter(({ verb, resource }) => verb === 'create' && !resource.endsWith('reviews'))).toEqual(
      [],
    );
  });

  test('leaves no evidence folder and asks nobody', async () => {
    const answer = await scene.ask('inspect pod/multi');
    if (answer.kind !== 'card') throw new Error(answer.words);
    const ended = await scene.end(answer.run);
    expect(ended.words).toContain('with the containers app, sidecar');
    expect(await scene.rows(`select 1 from firebreak.decisions where run_id = '${answer.run}'`)).toEqual([]);
  });

  test('of a crashing pod says why it waits and how it ended', async () => {
    const answer = await scene.ask('inspect pod/crasher');
    if (answer.kind !== 'card') throw new Error(answer.words);
    await scene.end(answer.run);
    const { words } = await scene.card('CrashLoopBackOff');
    expect(words).toContain('app: waiting (CrashLoopBackOff)');
    expect(words).toContain('exit 1');
    expect(words).toContain('Back-off restarting failed container');
  });

  test('of a pending pod says that no node has it', async () => {
    const answer = await scene.ask('inspect pod/pending');
    if (answer.kind !== 'card') throw new Error(answer.words);
    await scene.end(answer.run);
    const { words } = await scene.card('FailedScheduling');
    expect(words).toContain('Not scheduled to any node yet.');
  });
});

describe.concurrent('a command with a mistake', () => {
  test.each([
    {
      typed: 'aquire pod/x',
      says: ['no verb aquire', 'Did you mean acquire?', '/k8s acquire prod-cluster pod/'],
    },
    { typed: 'acquire pods x', says: ['Write the target as one word: pods/x', '/k8s acquire pods/x'] },
    { typed: 'acquire prod-clster pod/x', says: ['no cluster prod-clster', 'Did you mean prod-cluster?'] },
    { typed: 'acquire pod/x --max-sise 1GiB', says: ['--max-sise', '--max-size', 'Example:'] },
    { typed: 'acquire pod/x --max-size much', says: ['a size such as 500MiB', '--max-size 500MiB'] },
    { typed: 'acquire pod/x --path ../etc', says: ['an absolute path', '--path /var/lib/data'] },
    { typed: 'acquire pod/$(id)', says: ["can't be the name of a pod", 'Example:'] },
    { typed: 'acquire pod/x --reason "odd', says: ['A quote was opened', '--reason "odd outbound traffic"'] },
    { typed: 'acquire https://10.0.0.1 pod/x', says: ['Example:'] },
  ])('such as $typed is answered with the right spelling and a whole example', async ({ typed, says }) => {
    const words = await scene.told(typed);
    for (const part of says) expect(words).toContain(part);
    expect(words).toContain('Example: /k8s ');
  });

  test('with a wrong provider is read as meant, and the card says what was corrected', async () => {
    const answer = await scene.ask('acquire eks prod-cluster pod/noshell');
    expect(answer.kind).toBe('card');
    expect(answer.words).toContain('prod-cluster is a kubeconfig cluster, not eks');
  });

  test('of a phone, with a dash for two and curly quotes, is read as meant', async () => {
    const answer = await scene.ask('acquire pod/multi —container=app');
    expect(answer.kind).toBe('card');
  });
});
