import { createHash, createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { needProcesses, type Scene, startScene } from './cluster-scene.ts';
import { folderState, processesBeside } from './container-state.ts';
import type { Ended } from './players.ts';
import { readBundle } from './read-bundle.ts';
import { PROXY_IMAGE, scenePod } from './scene-pod.ts';

const MOUNTED = 'mounted-8c1f0a7715d94c';
const BY_REFERENCE = 'referenced-51b2e09f3d6a';
const PLAIN = 'plainly-in-env-77ac41';
const APPLIED = 'kubectl-keeps-this-3e90';

const scene = new AsyncDisposableStack();
let world: Scene;
let ended: Ended;
let before: { readonly files: unknown; readonly processes: readonly string[] };
let token: string;

const here = ['payments', 'careful', 'app'] as const;
const stateNow = () => ({
  files: folderState(world.cluster.upperDir(...here)),
  processes: processesBeside(world.cluster.containerPid(...here)),
});

beforeAll(async () => {
  world = scene.use(
    await startScene({
      prepare: async (cluster) => {
        cluster.addObject({
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'careful', namespace: 'payments' },
          data: {
            key: Buffer.from(MOUNTED).toString('base64'),
            reference: Buffer.from(BY_REFERENCE).toString('base64'),
          },
        });
        const pod = scenePod(
          'careful',
          {
            image: PROXY_IMAGE,
            command: ['sh', '-c', 'echo 1 > /var/state; echo started; exec sleep 86400'],
            env: [
              { name: 'PLAIN', value: PLAIN },
              { name: 'REFERENCED', valueFrom: { secretKeyRef: { name: 'careful', key: 'reference' } } },
            ],
            volumeMounts: [{ name: 'keys', mountPath: '/etc/keys', readOnly: true }],
          },
          { volumes: [{ name: 'keys', secret: { secretName: 'careful' } }] },
        );
        await cluster.addPod({
          ...pod,
          metadata: {
            ...pod.metadata,
            annotations: {
              'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ env: APPLIED }),
            },
          },
        });
      },
    }),
  );
  const { cluster } = world;
  if (cluster.containers === 'no shell') return;
  await vi.waitUntil(
    () => cluster.containerLog(...here).lines.some(({ text }) => text === 'started'),
    10_000,
  );
  const root = join('/proc', String(cluster.containerPid(...here)), 'root');
  token = readFileSync(join(root, 'var/run/secrets/kubernetes.io/serviceaccount/token'), 'utf8');
  before = stateNow();
  ended = await world.acquire('acquire pod/careful');
});
afterAll(() => scene.disposeAsync());
beforeEach(({ skip }) => needProcesses(world, skip));

describe('an acquisition', () => {
  test('is whole', () => {
    expect(ended.state).toBe('succeeded');
    const bundle = readBundle(ended.folder);
    expect(bundle.artifact('files.tar').completeness).toBe('VERIFIED');
    expect(bundle.tarNames('files.tar')).toContain('"./var/state"');
  });

  test('writes nothing into the container', () => {
    expect(Object.keys(folderState(world.cluster.upperDir(...here))).length).toBeGreaterThan(1);
    expect(stateNow().files).toEqual(before.files);
  });

  test('leaves no process behind', () => {
    expect(before.processes).toContain(String(world.cluster.containerPid(...here)));
    expect(stateNow().processes).toEqual(before.processes);
  });
});

describe('secrets of the suspect', () => {
  const everythingSaid = async (): Promise<Readonly<Record<string, Buffer>>> => {
    const { slack, evidence } = world.incident;
    const said: Record<string, Buffer> = {
      log: Buffer.from(world.logText()),
      calls: Buffer.from(JSON.stringify(slack.calls)),
      channel: Buffer.from(JSON.stringify(slack.messages(slack.channels.incident.id))),
      database: Buffer.from(JSON.stringify(await world.rows('select * from firebreak.runs'))),
      trail: Buffer.from(JSON.stringify(await world.rows('select * from firebreak.audit_events'))),
    };
    for (const entry of readdirSync(evidence, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) said[entry.name] = readFileSync(join(entry.parentPath, entry.name));
    return said;
  };

  test('are nowhere: not in the bundle, not in Slack, not in the log, not in the database', async () => {
    const said = await everythingSaid();
    expect(Object.keys(said)).toEqual(expect.arrayContaining(['files.tar', 'volatile.jsonl', 'pod.json']));
    expect(said['volatile.jsonl']?.includes('/etc/keys/')).toBe(true);
    for (const secret of [MOUNTED, BY_REFERENCE, PLAIN, APPLIED, token.slice(-40)])
      for (const form of [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '')])
        for (const [where, bytes] of Object.entries(said))
          expect(bytes.includes(form), `${form} in ${where}`).toBe(false);
  });

  test('can be compared within the case by their keyed hashes', async () => {
    const rows = await world.rows('select evidence_key from firebreak.cases');
    const [{ evidence_key: key }] = z.tuple([z.object({ evidence_key: z.instanceof(Buffer) })]).parse(rows);
    const hash = (secret: string) => `hmac-sha256:${createHmac('sha256', key).update(secret).digest('hex')}`;
    const bundle = readBundle(ended.folder);
    const volatile = bundle.read('volatile.jsonl');
    for (const secret of [BY_REFERENCE, PLAIN]) expect(volatile.includes(hash(secret)), secret).toBe(true);
    // A file's own hash is all that leaves the container, and only the keyed hash of that is kept.
    for (const secret of [MOUNTED, token])
      expect(volatile.includes(hash(createHash('sha256').update(secret).digest('hex'))), secret).toBe(true);
    expect(bundle.read('pod.json')).toContain(hash(PLAIN));
  });

  test('and the credentials of Firebreak itself are not in the bundle, in Slack or in the log either', async () => {
    const { slack } = world.incident;
    const own = [slack.botToken, slack.appToken, slack.signingSecret, world.cluster.token('responder')];
    for (const [where, bytes] of Object.entries(await everythingSaid()))
      for (const secret of own) expect(bytes.includes(secret), `${secret} in ${where}`).toBe(false);
  });
});
