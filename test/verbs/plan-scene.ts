import type { Change, FieldChange } from '../../src/core/change.ts';
import type { ClusterReader } from '../../src/core/cluster.ts';
import type { ClusterEntry } from '../../src/core/cluster-entry.ts';
import { type ErrorCode, FirebreakError } from '../../src/core/firebreak-error.ts';
import { DEFAULT_FOOTHOLDS, DEFAULT_ISOLATION } from '../../src/core/foothold.ts';
import type { HeldField } from '../../src/core/held-fields.ts';
import type { ObjectTarget, PodTarget, Target } from '../../src/core/target.ts';
import type { Arguments, Collected, ExecuteContext, Intention, Outcome, Verb } from '../../src/core/verb.ts';

/** An object as a test writes it: labels, annotations, and what else it needs. */
export interface SceneObject {
  readonly kind: Target['kind'];
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** UID of its controller. */
  readonly controller?: string;
  readonly spec?: object;
  readonly status?: object;
  /** Of a pod, from it upwards: `ReplicaSet/checkout`. */
  readonly owners?: readonly string[];
  /** Of a pod; empty for one that runs on none yet. */
  readonly node?: string;
  readonly deletionTimestamp?: string;
  /** Of a pod, by name; they run. */
  readonly containers?: readonly string[];
}

export interface Scene {
  readonly object: SceneObject;
  readonly arguments?: Arguments;
  /** What a list of a resource answers; what is not named here is empty. */
  readonly lists?: Readonly<
    Record<string, readonly object[] | 'not-allowed' | 'not-found' | 'cluster-timeout'>
  >;
  /** What a get answers, by `resource/name`; what is not named here is not there. Never the target: that was read already. */
  readonly objects?: Readonly<Record<string, object | 'not-allowed'>>;
  readonly held?: readonly HeldField[];
  readonly heldElsewhere?: readonly HeldField[];
  /** What the run may not do, as `patch nodes`. */
  readonly forbidden?: readonly string[];
  /** Whether the run's permissions can be asked about before the approval. */
  readonly identities?: 'one for all' | 'read and act';
  readonly version?: string;
  readonly undoes?: readonly Change[];
  readonly toolImage?: string;
  /** What of the target is sealed; nothing when left out. */
  readonly collected?: Collected;
}

const NAMESPACE = 'payments';

export const ENTRY: ClusterEntry = {
  ...{ name: 'prod', provider: 'eks', parts: [], namespaces: [], identities: 'one for all' },
  guard: { protectedNamespaces: [], protectedLabels: {}, floorApprovals: 0 },
  footholds: DEFAULT_FOOTHOLDS,
  isolation: DEFAULT_ISOLATION,
};

const running = (name: string): PodTarget['containers'][number] => ({
  ...{
    name,
    image: 'registry.example/app:1',
    imageDigest: '',
    id: `containerd://${name}`,
    restartCount: 0,
    state: 'running',
  },
});

export const targetOf = ({
  kind,
  name = 'x',
  owners = [],
  node = 'node-a',
  containers = [],
}: Pick<SceneObject, 'kind' | 'name' | 'owners' | 'node' | 'containers'>): Target =>
  kind === 'pod'
    ? ({
        ...{ kind, namespace: NAMESPACE, name, uid: 'u', phase: 'Running', node },
        ...{ serviceAccount: 'default', owners, containers: containers.map(running) },
      } satisfies PodTarget)
    : ({
        ...{ kind, namespace: kind === 'node' ? '' : NAMESPACE, name, uid: 'u', status: '' },
      } satisfies ObjectTarget);

const ownerOf = ({ controller, owners: [owner] = [] }: SceneObject) => {
  const [kind, name] = owner?.split('/') ?? ['Any', 'any'];
  return controller === undefined && owner === undefined
    ? {}
    : {
        ownerReferences: [
          { apiVersion: 'apps/v1', kind, name, uid: controller ?? 'its-owner', controller: true },
        ],
      };
};

const rawOf = (object: SceneObject): unknown => {
  const { kind, name = 'x', labels, annotations, spec = {}, status, deletionTimestamp } = object;
  return {
    metadata: {
      ...{ name, uid: 'u' },
      ...(kind === 'node' ? {} : { namespace: NAMESPACE }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...ownerOf(object),
    },
    spec,
    ...(status === undefined ? {} : { status }),
  };
};

/** Plans against a cluster that answers what the scene says. Every list that was asked for is kept, as `resource namespace`. */
export const planScene = async (
  verb: Verb,
  scene: Scene,
): Promise<Intention & { readonly asked: readonly string[] }> => {
  const { object, arguments: given = {}, lists = {}, objects = {}, held = [], undoes = [] } = scene;
  const {
    heldElsewhere = [],
    forbidden = [],
    identities,
    version: gitVersion = 'v1.36.2',
    toolImage,
  } = scene;
  const asked: string[] = [];
  const failed = (code: ErrorCode) =>
    new FirebreakError({ code, message: `It failed: ${code}.`, next: 'Do something.' });
  const cluster: ClusterReader = {
    get: async ({ resource, name = '' }) => {
      if (resource === `${object.kind}s` && name === (object.name ?? 'x'))
        throw new Error('the target was read already');
      const found = objects[`${resource}/${name}`] ?? 'not-found';
      if (typeof found === 'string') throw failed(found);
      return found;
    },
    allowed: async () => true,
    allowedFor: async () => true,
    version: async () => gitVersion,
    list: async ({ resource, namespace, version }, { fieldSelector = '' }) => {
      asked.push([resource, version, namespace ?? 'everywhere', fieldSelector].join(' ').trim());
      const items = lists[resource] ?? [];
      if (typeof items === 'string') throw failed(items);
      return items;
    },
  };
  const intention = await verb.plan({
    ...{ cluster, target: targetOf(object), object: rawOf(object), arguments: given, held, undoes },
    ...{ heldElsewhere, undoesElsewhere: [] },
    entry: toolImage === undefined ? ENTRY : { ...ENTRY, toolImage },
    mayRun: async ({ verb: may, resource }) =>
      identities === 'read and act' ? 'not known' : forbidden.includes(`${may} ${resource}`) ? 'no' : 'yes',
    collected: async () => scene.collected ?? 'nothing complete',
    ...{ proofOf: async () => 'none', lastProof: async () => undefined },
    clock: { now: () => new Date('2026-11-21T10:00:00Z') },
    signal: new AbortController().signal,
  });
  return { ...intention, asked };
};

/** The sentence with which a plan is refused. Fails the test where it is not. */
export const refusal = async (verb: Verb, scene: Scene): Promise<string> => {
  const thrown = await planScene(verb, scene).catch((error: unknown) => error);
  if (!(thrown instanceof FirebreakError)) throw new Error(`It was not refused: ${JSON.stringify(thrown)}`);
  return `${thrown.code}: ${thrown.message} ${thrown.next}`;
};

/** The wanted fields of the target, by the last part of their path. */
export const wanted = ({ fields = [], writes }: Intention): Readonly<Record<string, unknown>> => {
  const set = writes?.({ run: 'FB-2026-0001-2', case: 'FB-2026-0001' }) ?? [];
  const all = [
    ...fields,
    ...set.flatMap((write) => (write.action === 'set' && write.object === undefined ? write.fields : [])),
  ];
  return Object.fromEntries(all.map(({ path, value }) => [path.at(-1), value]));
};

export const heldField = (field: FieldChange, run = 'FB-2026-0001-1', verb = 'cordon'): HeldField => ({
  ...field,
  ...{ run, case: 'FB-2026-0001', verb, cluster: 'prod', state: 'applied' },
  object: { kind: 'node', namespace: '', name: 'x', uid: 'u' },
});

export const change = (fields: readonly FieldChange[], state: Change['state'] = 'applied'): Change => ({
  ...{ id: '1', run: 'FB-2026-0001-1', case: 'FB-2026-0001', verb: 'label', cluster: 'prod' },
  ...{ resourceVersion: '1', fence: 1, state, intendedAt: new Date(0), fields },
  object: { kind: 'pod', namespace: NAMESPACE, name: 'x', uid: 'u' },
});

/** Executes a verb whose changes the flow makes as given. Whatever else of the context it used would fail. */
export const executeScene = async (
  verb: Verb,
  object: Pick<SceneObject, 'kind'>,
  fields: readonly FieldChange[],
  given: Arguments = {},
): Promise<Outcome & { readonly done: readonly string[] }> => {
  const done: string[] = [];
  const forbidden = (what: string) => () => Promise.reject(new Error(`${what} is not its to use`));
  const context: ExecuteContext = {
    cluster: {
      get: forbidden('get'),
      list: forbidden('list'),
      allowed: forbidden('allowed'),
      allowedFor: forbidden('allowedFor'),
      version: forbidden('version'),
      logs: forbidden('logs'),
      exec: forbidden('exec'),
    },
    names: { run: 'FB-2026-0001-1', case: 'FB-2026-0001' },
    ...{ proof: undefined, entry: ENTRY },
    change: async () => {
      done.push('change');
      return [change(fields)];
    },
    proved: forbidden('proved'),
    bundle: {
      put: forbidden('put'),
      collect: forbidden('collect'),
      missing: () => done.push('missing'),
      record: forbidden('record'),
      keyedHash: String,
      seal: forbidden('seal'),
    },
    ...{ target: targetOf(object), arguments: given, drift: [], signal: new AbortController().signal },
    clock: { now: () => new Date(0), monotonicMs: () => 0, sleep: async () => undefined },
    progress: ({ phase }) => done.push(`progress ${phase}`),
  };
  return { ...(await verb.execute(context)), done };
};
