import { podSchema } from '../core/pod.ts';
import { podTarget } from '../core/target.ts';
import type { ExecuteContext, Outcome, Verb } from '../core/verb.ts';
import { acquireOptions } from './acquire/acquire-options.ts';
import { collectInside } from './acquire/collect-inside.ts';
import { expectNames } from './acquire/expect-names.ts';
import { methodsOf } from './acquire/methods.ts';
import { putLogs } from './acquire/put-logs.ts';
import { putObjects } from './acquire/put-objects.ts';
import { summary } from './acquire/summary.ts';
import { absolutePath } from './path-flag.ts';
import { durationInSeconds, sizeInBytes } from './quantity-flags.ts';

/** Process tables and sockets are small; more than this is a source that does not end. */
const VOLATILE_MAX_BYTES = 64 * 1024 ** 2;
const VOLATILE_DEADLINE_SECONDS = 120;

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
  onTarget: ['get'],
  permissions: [
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

  plan: async ({ target, object, arguments: given }) => {
    const options = acquireOptions(given);
    const { container } = options;
    const planned = podTarget(target).containers.find(({ name }) => name === container);
    const spec = podSchema.parse(object).spec.containers.find(({ name }) => name === container);
    return {
      methods: methodsOf(podTarget(target), options),
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
    const { bundle, endEarly } = expectNames(context.bundle, podTarget(context.target));
    try {
      return await capture({ ...context, bundle });
    } catch (thrown) {
      endEarly();
      throw thrown;
    }
  },
};

/** Objects, then the volatile state, then what lasts longer (RFC 3227, section 2.1). */
const capture = async (context: ExecuteContext): Promise<Outcome> => {
  const { target, arguments: given, progress } = context;
  const { container, maxBytes, deadlineSeconds, paths } = acquireOptions(given);
  progress({ phase: 'objects', bytes: 0 });
  const objects = await putObjects(context);
  const volatile = await collectInside(context, 'volatile.jsonl', {
    collection: 'volatile',
    container,
    maxBytes: VOLATILE_MAX_BYTES,
    deadlineSeconds: Math.min(VOLATILE_DEADLINE_SECONDS, deadlineSeconds),
    paths: [],
  });
  const logs = await putLogs(context);
  const files = await collectInside(context, 'files.tar', {
    collection: 'files',
    container,
    maxBytes,
    deadlineSeconds,
    paths,
  });
  const shortfalls = [...volatile, ...files, ...logs, ...objects];
  const unreachable = shortfalls.filter(({ reach }) => reach !== undefined);
  return {
    summary: summary(target.name, container, shortfalls),
    findings: [],
    // Where anything else is missing, another capture could still bring it.
    ...(unreachable.length === 0 || unreachable.length < shortfalls.length
      ? {}
      : { outOfReach: unreachable.map(({ name }) => name) }),
  };
};
