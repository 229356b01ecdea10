import { z } from 'zod';
import type { Write } from '../../../core/change.ts';
import type { ClusterReader, ResourcePath, WriteRequest } from '../../../core/cluster.ts';
import { FirebreakError } from '../../../core/firebreak-error.ts';
import { type Netns, netnsOf } from '../../../core/netns.ts';
import type { NodeSideInit, OpenNodeSide } from '../../../core/node-side.ts';
import { isObjectPath } from '../../../core/structure.ts';
import { waitForFoothold } from '../../footholds/wait-for-foothold.ts';
import type { NetnsDeed, NetnsPod } from './netns-script.ts';
import { type NetnsVisit, visitNetns } from './visit-netns.ts';

const statusSchema = z.looseObject({ name: z.string(), containerID: z.string().default('') });
const statusesSchema = z.array(statusSchema).default([]);

const podSchema = z.looseObject({
  metadata: z.looseObject({ uid: z.string() }),
  status: z.looseObject({
    podIP: z.string().default(''),
    podIPs: z.array(z.looseObject({ ip: z.string() })).default([]),
    containerStatuses: statusesSchema,
    initContainerStatuses: statusesSchema,
    ephemeralContainerStatuses: statusesSchema,
  }),
});

/** What a plan says of such rules: what shall stand, or what is taken away. */
interface PlannedRules {
  readonly netns: Netns;
  readonly to: 'stand' | 'be taken away';
}

const notThere = (message: string): FirebreakError =>
  new FirebreakError({ code: 'not-found', message, next: 'Nothing of it is left to take away.' });

const moved = (name: string): FirebreakError =>
  new FirebreakError({
    code: 'conflict',
    message: `${name} is not what it was when it was looked at.`,
    next: 'It is looked at again.',
  });

const plannedRules = (writes: readonly Write[], { namespace, name }: ResourcePath): PlannedRules => {
  for (const { object, fields } of writes) {
    if (object.kind !== 'netns' || object.namespace !== namespace || object.name !== name) continue;
    const whole = fields.find(({ path }) => isObjectPath(path));
    if (typeof whole?.after === 'string') return { netns: netnsOf(whole.after), to: 'stand' };
    if (typeof whole?.before === 'string') return { netns: netnsOf(whole.before), to: 'be taken away' };
  }
  throw new FirebreakError({
    code: 'unexpected',
    message: `The plan says nothing of ${name ?? 'it'}.`,
    next: 'Ask again.',
  });
};

/** `containerd://3f…`: the runtime's own id is what the node knows. */
const runtimeId = (id: string): string => id.slice(id.lastIndexOf('/') + 1);

/** The pod whose namespace it is. Throws `not-found` when that is gone: its network is gone with it. */
const podNow = async (
  cluster: Pick<ClusterReader, 'get'>,
  { pod }: Netns['spec'],
  signal: AbortSignal,
): Promise<NetnsPod> => {
  const { namespace, name, uid } = pod;
  const path = { group: '', version: 'v1', resource: 'pods', namespace, name };
  const { metadata, status } = podSchema.parse(await cluster.get(path, signal));
  if (metadata.uid !== uid)
    throw notThere(`pod/${name} in ${namespace} is another one by now, and the network of that one is gone.`);
  const own = status.ephemeralContainerStatuses.filter((one) => one.name.startsWith('firebreak-'));
  // What Firebreak started itself was put into the pod's network by the runtime, and nobody else acts in it.
  const all = [
    ...own.toReversed(),
    ...status.containerStatuses,
    ...status.initContainerStatuses,
    ...status.ephemeralContainerStatuses,
  ];
  const addresses = [status.podIP, ...status.podIPs.map(({ ip }) => ip)].filter((ip) => ip !== '');
  return {
    addresses: [...new Set(addresses)],
    containers: [...new Set(all.map(({ containerID }) => runtimeId(containerID)))].filter((id) => id !== ''),
  };
};

/** The rules as an object: as they were made, where they stand so. */
const asObject = ({ netns }: PlannedRules, { state, seen }: NetnsVisit): unknown => ({
  ...netns,
  metadata: { ...netns.metadata, uid: `${seen.net}-${seen.handle}`, resourceVersion: seen.digest },
  spec:
    state === 'other'
      ? { ...netns.spec, table: `${netns.spec.table}, which is not as it was made` }
      : netns.spec,
});

/**
 * One table of nftables in the network namespace of a pod, under the rules of an API server. It is there once all was
 * loaded and cut: a load that was interrupted is made anew, and is taken away all the same.
 */
export const openNodeSide: OpenNodeSide = (init) => {
  const visit = async (path: ResourcePath, deed: NetnsDeed, signal: AbortSignal) => {
    const planned = plannedRules(init.writes, path);
    const pod = await podNow(init.cluster, planned.netns.spec, signal);
    const seen = await visitNetns(await nodePod(init, signal), planned.netns, pod, deed);
    return { planned, seen };
  };
  const isThere = ({ to }: PlannedRules, { state }: NetnsVisit): boolean =>
    state !== 'absent' && !(to === 'stand' && state === 'half');
  const get = async (path: ResourcePath, signal: AbortSignal): Promise<unknown> => {
    const { planned, seen } = await visit(path, { what: 'look' }, signal);
    if (isThere(planned, seen)) return asObject(planned, seen);
    throw notThere(`${path.name ?? 'It'} does not stand on the node.`);
  };
  const post = async (request: WriteRequest): Promise<unknown> => {
    const { path, mode, signal } = request;
    const { planned, seen } = await visit(path, { what: mode === 'dry run' ? 'try' : 'load' }, signal);
    if (mode === 'for real' ? seen.done === 'taken' : isThere(planned, seen)) throw moved(path.name ?? 'It');
    // What is tried is not there yet.
    return mode === 'dry run' ? asObject(planned, { ...seen, state: 'whole' }) : asObject(planned, seen);
  };
  return {
    get,
    write: async (request) => {
      const { path, mode, signal } = request;
      if (request.method === 'POST') return await post({ ...request, path: namedBy(request) });
      if (request.method === 'PATCH')
        throw new FirebreakError({
          code: 'unexpected',
          message: 'Rules on a node are made and taken away as a whole.',
          next: 'Ask again.',
        });
      const { uid, resourceVersion } = request.bound;
      const [net = '', handle = ''] = uid.split('-');
      if (mode === 'dry run') return await get(path, signal);
      const { seen } = await visit(
        path,
        { what: 'remove', seen: { net, handle, digest: resourceVersion } },
        signal,
      );
      if (seen.done === 'absent') throw notThere(`${path.name ?? 'It'} does not stand on the node.`);
      if (seen.done === 'moved') throw moved(path.name ?? 'It');
      return { kind: 'Status', status: 'Success' };
    },
  };
};

const namedSchema = z.looseObject({ metadata: z.looseObject({ name: z.string() }) });

/** What is made is sent to where its kind lies; its name is in its body. */
const namedBy = ({ path, body }: Extract<WriteRequest, { readonly method: 'POST' }>): ResourcePath => ({
  ...path,
  name: namedSchema.parse(body).metadata.name,
});

/** The run's node pod, once it runs. */
const nodePod = async ({ nodes, entry, names, clock }: NodeSideInit, signal: AbortSignal) => {
  const ref = { kind: 'node pod', run: names.run, namespace: entry.footholds.nodeNamespace } as const;
  const where = await waitForFoothold(nodes, ref, signal, clock);
  return { client: nodes, clock, signal, where };
};
