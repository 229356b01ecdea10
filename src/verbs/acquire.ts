import type { CollectRequest } from '../core/evidence.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { Method } from '../core/plan.ts';
import { podSchema, secretMountsOf } from '../core/pod.ts';
import type { Target } from '../core/target.ts';
import type { Arguments, ExecuteContext, Verb } from '../core/verb.ts';
import { absolutePath } from './path-flag.ts';
import { durationInSeconds, sizeInBytes } from './quantity-flags.ts';
import { redactPod } from './redact-pod.ts';

const DEFAULT_MAX_BYTES = 2 * 1024 ** 3;
const DEFAULT_DEADLINE_SECONDS = 60 * 60;
/** Process tables and sockets are small; more than this is a source that does not end. */
const VOLATILE_MAX_BYTES = 64 * 1024 ** 2;
const VOLATILE_DEADLINE_SECONDS = 120;
const COMMAND = 'sh -s';

const numberOf = (value: Arguments[string] | undefined, otherwise: number): number =>
  typeof value === 'number' ? value : otherwise;

const readArguments = (given: Arguments) => ({
  container: String(given['container'] ?? ''),
  maxBytes: numberOf(given['max-size'], DEFAULT_MAX_BYTES),
  deadlineSeconds: numberOf(given['deadline'], DEFAULT_DEADLINE_SECONDS),
  paths: Array.isArray(given['path']) ? given['path'] : [],
});

const inGibibytes = (bytes: number): string => `${Math.round((bytes / 1024 ** 3) * 100) / 100} GiB`;

const methodsOf = (target: Target, given: Arguments): readonly Method[] => {
  const { container, maxBytes, deadlineSeconds, paths } = readArguments(given);
  const inside = target.containers.find(({ name }) => name === container)?.state === 'running';
  const files = paths.length === 0 ? 'the root file system, without any other mount' : paths.join(', ');
  return [
    { what: 'Read the pod and its events from the API', creates: 'nothing' },
    ...(inside
      ? [
          {
            what: `Run a collector by \`${COMMAND}\`, sent on stdin: processes, sockets, mounts`,
            container,
            creates: 'a short-lived process in the container; no file',
          },
          {
            what: `Then read as one tar: ${files}; at most ${inGibibytes(maxBytes)} in ${Math.ceil(deadlineSeconds / 60)} min`,
            container,
            creates: 'a short-lived process in the container; no file',
          },
        ]
      : []),
    { what: 'Read the logs of every container, current and previous', creates: 'nothing' },
  ];
};

const putObjects = async ({ cluster, target, bundle, signal }: ExecuteContext): Promise<unknown> => {
  const { namespace, name, uid } = target;
  const pod = await cluster.get({ group: '', version: 'v1', resource: 'pods', namespace, name }, signal);
  const json = (value: unknown): AsyncIterable<Uint8Array> =>
    oneChunk(new TextEncoder().encode(`${JSON.stringify(value, undefined, 2)}\n`));
  await bundle.put(
    'pod.json',
    `GET pods/${name}`,
    json(redactPod(pod, (secret) => bundle.keyedHash(secret))),
  );
  try {
    const query = { fieldSelector: `involvedObject.uid=${uid}` };
    const events = await cluster.list(
      { group: '', version: 'v1', resource: 'events', namespace },
      query,
      signal,
    );
    await bundle.put(
      'events.json',
      `LIST events of ${uid}`,
      json({ apiVersion: 'v1', kind: 'EventList', items: events }),
    );
  } catch (thrown) {
    signal.throwIfAborted();
    bundle.missing('events.json', `LIST events of ${uid}`, reasonOf(thrown));
  }
  return pod;
};

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const reasonOf = (thrown: unknown): string =>
  thrown instanceof FirebreakError ? thrown.message : 'It could not be read.';

const putLogs = async ({ cluster, target, bundle, signal, progress }: ExecuteContext): Promise<void> => {
  for (const { name: container, restartCount, id } of target.containers)
    for (const instance of ['current', 'previous'] as const) {
      if (instance === 'previous' && restartCount === 0) continue;
      if (instance === 'current' && id === '') continue;
      progress({ phase: 'logs', bytes: 0 });
      const name = `logs/${container}${instance === 'previous' ? '.previous' : ''}.log`;
      const method = `GET pods/log ${container} (${instance})`;
      try {
        const query = { namespace: target.namespace, pod: target.name, container, instance };
        await bundle.put(name, method, await cluster.logs(query, signal), container);
      } catch (thrown) {
        signal.throwIfAborted();
        bundle.missing(name, method, reasonOf(thrown), container);
      }
    }
};

/** Why nothing may run inside the container; undefined when it may. */
const whyNotInside = ({ target, drift }: ExecuteContext, container: string): string | undefined => {
  const changed = drift.find((candidate) => candidate.container === container);
  if (changed !== undefined)
    return `The container was restarted or replaced since this was approved (restarts ${changed.planned.restartCount}, now ${changed.found.restartCount}), so nothing was run inside it. Ask again for the new one.`;
  const state = target.containers.find(({ name }) => name === container)?.state;
  return state === 'running'
    ? undefined
    : 'The container was not running, so nothing could be read from inside it.';
};

const inside = async (
  context: ExecuteContext,
  request: CollectRequest,
  name: 'volatile.jsonl' | 'files.tar',
): Promise<string | undefined> => {
  const why = whyNotInside(context, request.container);
  if (why !== undefined) {
    context.bundle.missing(name, COMMAND, why, request.container);
    return why;
  }
  try {
    await context.bundle.collect(request);
    return undefined;
  } catch (thrown) {
    context.signal.throwIfAborted();
    if (
      !(thrown instanceof FirebreakError) ||
      thrown.code === 'evidence-store' ||
      thrown.code === 'superseded'
    )
      throw thrown;
    context.bundle.missing(name, COMMAND, thrown.message, request.container);
    return thrown.message;
  }
};

export const acquire: Verb = {
  name: 'acquire',
  summary: 'Collects evidence from one container: processes, sockets, files, logs, API objects.',
  effect: 'collect',
  kinds: ['pod'],
  container: 'one',
  leavesEvidence: 'bundle',
  flags: {
    'max-size': {
      summary:
        'The most bytes of files; then the artifact is INCOMPLETE and says what is missing. 2GiB unless given.',
      placeholder: 'SIZE',
      example: '/k8s acquire prod-cluster pod/checkout-5d -n payments --max-size 500MiB',
      repeatable: 'once',
      read: sizeInBytes,
    },
    path: {
      summary: 'Only this path; the one way to read a mounted volume. May be given several times.',
      placeholder: 'PATH',
      example: '/k8s acquire prod-cluster pod/checkout-5d -n payments --path /var/lib/data',
      repeatable: 'many times',
      read: absolutePath,
    },
    deadline: {
      summary: 'The collector stops by itself after this time. 1h unless given.',
      placeholder: 'TIME',
      example: '/k8s acquire prod-cluster pod/checkout-5d -n payments --deadline 10m',
      repeatable: 'once',
      read: durationInSeconds,
    },
  },
  permissions: [
    { verb: 'get', group: '', resource: 'pods' },
    { verb: 'get', group: '', resource: 'pods', subresource: 'log' },
    { verb: 'get', group: '', resource: 'pods', subresource: 'exec' },
    { verb: 'create', group: '', resource: 'pods', subresource: 'exec' },
  ],
  alsoReads: [{ verb: 'list', group: '', resource: 'events' }],
  examples: [
    '/k8s acquire eks prod-cluster pod/checkout-5d -n payments --reason "odd outbound traffic"',
    '/k8s acquire prod-cluster pod/checkout-5d -c app --max-size 500MiB',
  ],
  limits: [
    'Nothing is written into the container; the collector arrives on stdin and uses the container’s own sh and tar.',
    'Mounted volumes are left out unless named by --path; Secrets and environment values are recorded by keyed hash.',
  ],

  plan: async ({ target, pod, arguments: given }) => {
    const { container } = readArguments(given);
    const planned = target.containers.find(({ name }) => name === container);
    const spec = podSchema.parse(pod).spec.containers.find(({ name }) => name === container);
    return {
      methods: methodsOf(target, given),
      leaves: ['Nothing is written into the container.'],
      risks: [
        ...(spec?.livenessProbe === undefined
          ? []
          : ['The container has a liveness probe: if reading slows it down, kubelet may restart it.']),
        ...(planned?.state === 'running'
          ? ['The container’s own sh and tar are used; a compromised container can lie.']
          : []),
      ],
      notes:
        planned?.state === 'running'
          ? []
          : [`${container} is not running: nothing can be read from inside it, only logs and API objects.`],
    };
  },

  execute: async (context) => {
    const { target, arguments: given, progress, bundle } = context;
    const { container, maxBytes, deadlineSeconds, paths } = readArguments(given);
    progress({ phase: 'objects', bytes: 0 });
    const pod = podSchema.parse(await putObjects(context));
    const place = {
      namespace: target.namespace,
      pod: target.name,
      container,
      secretMounts: secretMountsOf(pod, container),
    };
    const volatile: CollectRequest = {
      ...place,
      collection: 'volatile',
      maxBytes: VOLATILE_MAX_BYTES,
      deadlineSeconds: Math.min(VOLATILE_DEADLINE_SECONDS, deadlineSeconds),
      paths: [],
    };
    const problem = await inside(context, volatile, 'volatile.jsonl');
    await putLogs(context);
    if (problem !== undefined) bundle.missing('files.tar', COMMAND, problem, container);
    else
      await inside(context, { ...place, collection: 'files', maxBytes, deadlineSeconds, paths }, 'files.tar');
    return {
      summary:
        problem === undefined
          ? `Evidence of ${container} in pod/${target.name} was collected.`
          : `Only logs and API objects of pod/${target.name} were collected. ${problem}`,
      findings: [],
    };
  },
};
