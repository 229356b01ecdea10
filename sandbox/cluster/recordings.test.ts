import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { findHostTool } from './runtime/host-tools.ts';
import type { StandInCluster } from './stand-in-cluster.ts';
import { startCluster } from './start-cluster.ts';
import { callApi } from './testing/call-api.ts';
import { type ExecResult, execOverWebSocket, onChannel, openExec } from './testing/exec-over-websocket.ts';
import { recordedWorld } from './testing/recorded-world.ts';

const FOLDER = new URL('./recordings/', import.meta.url);
const LIMITED = 'system:serviceaccount:rec:limited';
/** Recordings that were made with the token of a service account with few rights, or with none that is valid. */
const AS_LIMITED = [
  'ephemeral-403',
  'exec-403-create-missing',
  'get-pod-403',
  'ssar-denied',
  'self-subject-review',
  'rules-review',
];
const AS_NOBODY = ['exec-401', 'get-pod-401'];

const RESPONSE = z.object({
  status: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.unknown(),
});
const HTTP = z.object({
  what: z.string(),
  request: z.object({
    method: z.string(),
    path: z.string(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.unknown().optional(),
  }),
  response: RESPONSE,
});
const FRAME = z.object({ channel: z.number(), length: z.number(), base64: z.string().optional() });
const EXEC = z.object({
  what: z.string(),
  request: z.object({
    ...{ namespace: z.string(), pod: z.string(), container: z.string(), command: z.array(z.string()) },
    ...{ stdin: z.boolean(), stdout: z.boolean(), stderr: z.boolean(), tty: z.boolean() },
    subprotocols: z.array(z.string()),
  }),
  response: RESPONSE.optional(),
  subprotocol: z.string().optional(),
  sent: z.array(z.object({ base64: z.string() })).optional(),
  received: z.array(FRAME).optional(),
  bytes_total: z.number().optional(),
  close: z.object({ code: z.number() }).optional(),
});

/** What these print is of the recorded images; ephemeral.test.ts looks at what it says. */
const OF_THE_IMAGES = ['exec-in-ephemeral', 'exec-in-restricted-ephemeral', 'exec-client-gone'];
/** The server adds a diff of what would change to this sentence. */
const withoutDiff = (text: string) => text.replaceAll(/(may not be changed)(?:\\n(?:[^"\\]|\\.)*)?/g, '$1');

/** Recordings that need what another made come after it; the others by name. */
const AFTER: Readonly<Record<string, string>> = {
  'apply-conflict': 'apply-networkpolicy',
  'evict-ok': 'evict-two-pdbs',
};
const order = (name: string) => (AFTER[name] === undefined ? name : `${AFTER[name]}~`);

const names = readdirSync(FOLDER)
  .map((file) => file.replace('.json', ''))
  .toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'));

let cluster: StandInCluster;
let limited: string;
beforeAll(async () => {
  cluster = await startCluster({ world: recordedWorld() });
  const rules = [
    { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] },
    { verbs: ['get'], apiGroups: [''], resources: ['pods/exec'] },
  ];
  limited = cluster.addUser(LIMITED, rules).token;
}, 30_000);
afterAll(() => cluster.close());

const tokenFor = (name: string) =>
  AS_LIMITED.includes(name) ? limited : AS_NOBODY.includes(name) ? 'no-such-token' : cluster.token('admin');

/** Fields whose values belong to the recorded cluster or are only bookkeeping of field owners. */
const NOT_COMPARED = [
  'managedFields',
  'annotations',
  'extra',
  'creationTimestamp',
  'generateName',
  'ownerReferences',
];

/** What the recorded body has and ours lacks, or has as another type. */
function missing(recorded: unknown, ours: unknown, path: string): readonly string[] {
  if (Array.isArray(recorded)) {
    if (!Array.isArray(ours)) return [`${path} is no list`];
    return recorded.length > 0 && ours.length > 0 ? missing(recorded[0], ours[0], `${path}[0]`) : [];
  }
  if (typeof recorded === 'object' && recorded !== null) {
    if (typeof ours !== 'object' || ours === null) return [`${path} is no object`];
    return Object.entries(recorded)
      .filter(([key]) => !NOT_COMPARED.includes(key))
      .flatMap(([key, value]) => missing(value, Reflect.get(ours, key), `${path}.${key}`));
  }
  return typeof recorded === typeof ours ? [] : [`${path} is ${typeof ours}, not ${typeof recorded}`];
}

const shop = (name: string, uid?: string) =>
  cluster.addPod({
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: {
      name,
      namespace: 'rec',
      labels: { app: 'shop', 'pod-template-hash': '69867dc778', tier: 'web' },
      ...(uid ? { uid } : {}),
    },
    spec: {
      nodeName: 'rk8s-node1',
      containers: [{ name: 'web', image: 'rk8s.local/busybox:1.38', command: ['sleep', '86400'] }],
    },
  });
const budget = (name: string) =>
  cluster.addObject({
    ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name, namespace: 'rec' } },
    spec: { minAvailable: 3, selector: { matchLabels: { app: 'shop' } } },
    status: { disruptionsAllowed: 0, currentHealthy: 3, desiredHealthy: 3, expectedPods: 3 },
  });
const PDB = { group: 'policy', resource: 'poddisruptionbudgets', namespace: 'rec' };

/** What happened to the recorded cluster between two recordings. */
const BEFORE: Readonly<Record<string, () => unknown>> = {
  'delete-dry-run': () => shop('shop-69867dc778-rkklx', '8e42fd9e-7993-4db3-8c3d-b43e1e36ff4b'),
  'detach-pod': () => shop('shop-69867dc778-sgxfp'),
  'ephemeral-image-missing-later': () => cluster.settled(),
  'ephemeral-running': () => cluster.settled(),
  'evict-429': () => budget('shop'),
  'evict-two-pdbs': () => budget('shop-too'),
  'evict-ok': () => {
    for (const name of ['shop', 'shop-too']) cluster.removeObject({ ...PDB, name });
  },
};

const MANAGED = z.looseObject({
  metadata: z.looseObject({
    managedFields: z.array(
      z.looseObject({ manager: z.string(), operation: z.string(), fieldsV1: z.unknown() }),
    ),
  }),
});

/** Which fields a patch's manager owns after it. */
const written = (path: string, body: unknown) => {
  const manager = new URL(path, 'https://x').searchParams.get('fieldManager') ?? 'unknown';
  const { managedFields } = MANAGED.parse(body).metadata;
  const own = managedFields.find((entry) => entry.manager === manager);
  return { operation: own?.operation, fieldsV1: own?.fieldsV1 };
};

describe('the stand-in answers as the recorded cluster did', () => {
  for (const name of names.filter((one) => !one.startsWith('exec-'))) {
    const { what, request, response } = HTTP.parse(read(name));
    it(`${name}: ${what}`, async () => {
      await BEFORE[name]?.();
      const { headers = {}, ...call } = request;
      const type = headers['content-type'];
      const ours = await callApi(cluster, {
        ...call,
        ...(type === undefined ? {} : { headers: { 'content-type': type } }),
        token: tokenFor(name),
      });
      expect(ours.status).toBe(response.status);
      expect(ours.contentType).toBe(response.headers['content-type']);
      if (typeof response.body === 'string') {
        const shape = (text: string) =>
          text
            .replace(/[0-9a-f]{64}|\d{4}-\d\d-\d\dT[\d:.]+Z/g, '#')
            .split('\n')
            .sort();
        expect(shape(ours.text)).toEqual(shape(response.body));
      } else if (response.status >= 400)
        expect(JSON.parse(withoutDiff(ours.text))).toEqual(
          JSON.parse(withoutDiff(JSON.stringify(response.body))),
        );
      else expect(missing(response.body, ours.json, name)).toEqual([]);
      if (request.method === 'PATCH' && response.status < 300)
        expect(written(request.path, ours.json)).toEqual(written(request.path, response.body));
    });
  }
});

const withoutId = (text: string) => text.replace(/[0-9a-f]{64}/g, '#');

function expectSameStream(ours: ExecResult, recorded: z.infer<typeof EXEC>): void {
  if (ours.kind === 'refused') throw new Error(`refused with ${ours.status}: ${ours.body}`);
  const received = recorded.received ?? [];
  expect(ours.subprotocol).toBe(recorded.subprotocol);
  expect(ours.close).toBe(recorded.close?.code);
  expect(ours.frames[0]).toEqual({ channel: received[0]?.channel, payload: Buffer.alloc(0) });
  expect(ours.frames.filter((frame) => frame.channel === 3)).toHaveLength(1);
  expect(ours.frames.at(-1)?.channel).toBe(3);
  expect(Math.max(...ours.frames.map((frame) => frame.payload.length))).toBeLessThanOrEqual(32_768);
  for (const channel of [1, 2, 3]) {
    const frames = received.filter((frame) => frame.channel === channel);
    if (frames.some((frame) => frame.base64 === undefined)) continue;
    const whole = Buffer.concat(frames.map((frame) => Buffer.from(frame.base64 ?? '', 'base64'))).toString();
    expect(withoutId(onChannel(ours, channel).toString())).toBe(withoutId(whole));
  }
  const sum = ours.frames.reduce((bytes, frame) => bytes + frame.payload.length, 0);
  expect(sum).toBe(recorded.bytes_total);
}

describe('exec answers as the recorded cluster did', () => {
  for (const name of names.filter((one) => one.startsWith('exec-') && !OF_THE_IMAGES.includes(one))) {
    const recorded = EXEC.parse(read(name));
    it(`${name}: ${recorded.what}`, async ({ skip }) => {
      const runs = recorded.received !== undefined && name !== 'exec-no-such-binary';
      if (runs && cluster.containers === 'no shell') skip(cluster.containersReason);
      if (recorded.request.tty && findHostTool('script') === undefined) skip('this machine has no script(1)');
      const send = (recorded.sent ?? []).map((frame) => Buffer.from(frame.base64, 'base64'));
      const ours = await execOverWebSocket(cluster, { ...recorded.request, send, token: tokenFor(name) });
      if (recorded.response === undefined) {
        expectSameStream(ours, recorded);
        return;
      }
      const { status, headers, body } = recorded.response;
      if (ours.kind === 'upgraded') throw new Error('was upgraded');
      expect(ours.status).toBe(status);
      expect(ours.contentType).toBe(headers['content-type'] ?? '');
      expect(ours.contentType === 'application/json' ? JSON.parse(ours.body) : ours.body).toEqual(body);
    });
  }

  it('exec-client-gone: the program runs on when the client drops the connection', async ({ skip }) => {
    if (cluster.containers === 'no shell') skip(cluster.containersReason);
    const script = 'echo started; sleep 0.3; echo done > /tmp/after-the-client';
    const target = { namespace: 'rec', pod: 'multi', container: 'app' };
    const ws = openExec(cluster, { ...target, command: ['sh', '-c', script] });
    await new Promise<void>((resolve) => {
      ws.on('message', (data: Buffer) => {
        if (data.length > 1) resolve();
      });
    });
    ws.terminate();
    const written = join(cluster.upperDir('rec', 'multi', 'app'), 'tmp/after-the-client');
    await expect.poll(() => existsSync(written), { timeout: 15_000 }).toBe(true);
  });
});
