import type { Permission } from '../../core/permission.ts';
import { podTarget } from '../../core/target.ts';
import type { ExecuteContext, Intention, PlanContext } from '../../core/verb.ts';
import { COMMAND, collectInside } from '../acquire/collect-inside.ts';
import type { Shortfall } from '../acquire/shortfall.ts';
import { notPlanned } from '../changes/change-words.ts';

/** Process tables and sockets are small; more than this is a source that does not end. */
const MAX_BYTES = 64 * 1024 ** 2;
/** The collector ends by itself then. */
const DEADLINE_SECONDS = 120;
/** As long is waited for it before the pod is cut off; kubelet's streams are no traffic of the pod, so that it can go on. */
const WAIT_MS = DEADLINE_SECONDS * 1000;

export const VOLATILE_NAME = 'volatile.jsonl';

export const VOLATILE_PERMISSIONS: readonly Permission[] = [
  { verb: 'get', group: '', resource: 'pods', subresource: 'exec' },
  { verb: 'create', group: '', resource: 'pods', subresource: 'exec' },
];

const containerOf = ({ arguments: given }: Pick<PlanContext, 'arguments'>): string =>
  String(given['container'] ?? '');

/** Processes, sockets and mounts of one container. Throws `conflict` where it does not run. */
export const planVolatile = async (context: PlanContext): Promise<Intention> => {
  const container = containerOf(context);
  const planned = podTarget(context.target).containers.find(({ name }) => name === container);
  if (planned?.state !== 'running')
    throw notPlanned(
      `${container} is not running, so that nothing can be read from inside it.`,
      'See `/k8s acquire` for its logs.',
    );
  return {
    methods: [
      {
        what: `Run a collector by \`${COMMAND}\`, sent on stdin: processes, sockets, mounts; at most ${DEADLINE_SECONDS} s`,
        container,
        creates: 'a short-lived process in the container; no file',
      },
    ],
    leaves: ['Nothing is written into the container.'],
    risks: ['The container’s own sh is used; a compromised container can lie.'],
    notes: [],
  };
};

export interface BegunCollection {
  /** Awaited before the bundle is sealed. Throws what is no failure of the source. */
  readonly ended: () => Promise<readonly Shortfall[]>;
  /** `late`: it is not waited for any longer, and goes on beside what follows. */
  readonly waited: 'ended' | 'late';
}

/** Collects what would be gone first, and waits for it no longer than its deadline. */
export const collectVolatile = async (context: ExecuteContext): Promise<BegunCollection> => {
  const { clock, signal } = context;
  const collecting = collectInside(context, VOLATILE_NAME, {
    collection: 'volatile',
    container: containerOf(context),
    maxBytes: MAX_BYTES,
    deadlineSeconds: DEADLINE_SECONDS,
    paths: [],
  });
  // Its failure is told by whoever awaits it, later perhaps.
  const over = collecting.then(
    () => 'ended' as const,
    () => 'ended' as const,
  );
  const idle = new AbortController();
  const late = clock.sleep(WAIT_MS, AbortSignal.any([signal, idle.signal])).then(
    () => 'late' as const,
    // A run that is stopped stops its collector too, which then comes to its end.
    () => over,
  );
  const waited = await Promise.race([over, late]);
  idle.abort();
  signal.throwIfAborted();
  return { ended: () => collecting, waited };
};
