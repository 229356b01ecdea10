import { randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createDefaultUsers } from './access/default-users.ts';
import type { AccessRule, User } from './access/user.ts';
import { ApiServer } from './api/api-server.ts';
import { Faults } from './api/faults.ts';
import type { AuthenticateToken } from './api/identify.ts';
import { ObjectStore, type StoreEvent } from './api/object-store.ts';
import type { PodManifest } from './api/pod.ts';
import { ADMIN_POLICY_GROUP } from './api/resource-kinds.ts';
import { startControllers } from './controllers/start-controllers.ts';
import type { ExecProtocol } from './exec/exec-status.ts';
import { kubeconfigText } from './kubeconfig.ts';
import { ADDRESSES } from './network/addresses.ts';
import type { NetworkOptions } from './network/network-mode.ts';
import type { PodNetwork } from './network/pod-network.ts';
import { type StartedNetwork, startNetwork } from './network/start-network.ts';
import type { ContainerRecord } from './pods/container-record.ts';
import { Kubelet } from './pods/kubelet.ts';
import { livenessEvents } from './pods/liveness-events.ts';
import { containerOf } from './pods/pod-record.ts';
import type { Image } from './runtime/image.ts';
import { startMachine } from './runtime/start-machine.ts';
import type { StandInCluster } from './stand-in-cluster.ts';
import { createCertificateAuthority } from './tls/certificate-authority.ts';
import { createDefaultWorld } from './world/default-world.ts';
import { endpointSlicesOf } from './world/endpoint-slices.ts';
import { type PodEvent, podEvent } from './world/objects.ts';
import { withAge } from './world/with-age.ts';
import type { World } from './world/world.ts';
import { changeDirectly } from './writes/change-directly.ts';

export interface ClusterOptions {
  /** What is in it; the scene of the demo when left out. */
  readonly world?: World;
  /** `['v4']` plays a cluster older than 1.30. */
  readonly execProtocols?: readonly ExecProtocol[];
  /** `no shell` does without processes even where the machine allows them. */
  readonly containers?: 'processes' | 'no shell';
  /** An upper bound for the output of each exec. */
  readonly maxBytesPerSecond?: number;
  /**
   * Links the pods to each other and to the node, and says what their policies do. Left out, a pod has a loopback
   * interface and nothing else, and the cluster no AdminNetworkPolicy.
   */
  readonly network?: NetworkOptions;
  /**
   * Says whom a bearer token is for, by the name of a user, when it is none of the stand-in's own: an EKS
   * authenticator, for instance. `undefined` is answered with 401.
   */
  readonly authenticateToken?: AuthenticateToken;
  /**
   * `on` plays those of kube-controller-manager that move pods: ReplicaSet, StatefulSet, DaemonSet, Job, and what follows
   * them. The world's pods are an hour old then, because who is newer decides who goes. `off` when left out.
   */
  readonly controllers?: 'on' | 'off';
}

/** Starts a stand-in cluster on 127.0.0.1 with a port, a certificate authority and tokens of its own. */
export async function startCluster(options: ClusterOptions = {}): Promise<StandInCluster> {
  const authority = createCertificateAuthority('stand-in-cluster');
  const { caPem } = authority;
  const machine =
    options.containers === 'no shell' ? 'it was asked for without processes' : await startMachine();
  const running = typeof machine === 'string' ? undefined : machine;
  let network: PodNetwork | undefined;
  try {
    const world = options.world ?? createDefaultWorld();
    const users: User[] = [...createDefaultUsers()];
    const images: Record<string, Image> = { ...world.images };
    const store = new ObjectStore();
    const history: (StoreEvent & { readonly at: Date })[] = [];
    store.watch(0, (event) => history.push({ ...event, at: new Date() }));
    const faults = new Faults();
    for (const object of world.objects) store.put(object);
    const started = await startNetwork(options.network, machine, store, images);
    ({ network } = started);
    const kubelet = new Kubelet({ store, machine: running, network, images, caPem });
    const systemPods = Promise.allSettled(started.pods.map(({ manifest }) => kubelet.add(manifest)));
    const aged = options.controllers === 'on' ? withAge : (manifest: PodManifest) => manifest;
    await Promise.all(world.pods.map(({ manifest, waiting }) => kubelet.add(aged(manifest), waiting)));
    let events = 0;
    const addPodEvent = (event: PodEvent) => {
      const key = { group: '', resource: 'pods', namespace: event.namespace, name: event.pod };
      return store.put(podEvent(event, store.get(key)?.metadata.uid ?? '', events++));
    };
    for (const event of world.podEvents ?? []) addPodEvent(event);
    for (const slice of endpointSlicesOf(store)) store.put(slice);
    const controllers = options.controllers === 'on' ? startControllers({ store, kubelet }) : undefined;

    const newUser = (name: string, groups: readonly string[], rules: readonly AccessRule[] = []): User => {
      const token = `stand-in-${randomBytes(16).toString('hex')}`;
      const user = { name, rules, token, uid: randomUUID(), groups: [...groups, 'system:authenticated'] };
      users.push(user);
      return user;
    };
    const server = new ApiServer({
      ...{ caPem, users, store, kubelet, faults, addUser: newUser },
      certificate: authority.issueServer(
        ['127.0.0.1', ADDRESSES.apiService],
        ['localhost', 'kubernetes.default.svc'],
      ),
      absentGroups:
        options.network === undefined || options.network.denyApi === 'none' ? [ADMIN_POLICY_GROUP] : [],
      execProtocols: options.execProtocols ?? ['v5', 'v4'],
      maxBytesPerSecond: options.maxBytesPerSecond,
      authenticateToken: options.authenticateToken ?? (() => undefined),
    });
    const url = await server.listen();
    await systemPods;
    await network?.serve({
      acceptApi: (socket) => server.accept(socket),
      kubeletCertificate: authority.issueServer([ADDRESSES.node, ADDRESSES.otherNode], ['node-a']),
    });
    const close = async () => {
      controllers?.stop();
      await server.close();
      await network?.stop();
      await running?.stop();
    };
    const userNamed = (name: string) => {
      const user = users.find((one) => one.name === name);
      if (user === undefined) throw new Error(`the stand-in has no user ${name}`);
      return user;
    };
    const kubeconfig = (name = 'admin') => {
      const user = userNamed(name);
      const byCertificate = name === 'cert-admin';
      const subject = { commonName: user.name, organizations: user.groups };
      return kubeconfigText(url, caPem, user, byCertificate ? authority.issueClient(subject) : undefined);
    };
    const record = (namespace: string, pod: string, container: string): ContainerRecord => {
      const found = containerOf(kubelet.find(namespace, pod), container);
      if (found === undefined) throw new Error(`no container ${container} in a pod ${namespace}/${pod}`);
      return found;
    };
    const process = (namespace: string, pod: string, container: string) => {
      const found = record(namespace, pod, container).container;
      if (found === undefined) throw new Error(`${namespace}/${pod} ${container} has no process`);
      return found;
    };
    return {
      ...{ url, caPem, users, faults, kubeconfig, close },
      requests: server.requests,
      history,
      containers: running === undefined ? 'no shell' : 'processes',
      cgroups: running?.cgroups === undefined ? 'none' : 'present',
      containersReason: typeof machine === 'string' ? machine : '',
      network: network === undefined ? 'loopback only' : 'pod network',
      networkReason: started.reason,
      setNetwork: async (mode) => await networkOf(started).setMode(mode),
      runOnNode: async (command) => await networkOf(started).runOnNode(command),
      writeKubeconfig: (path, user) => writeFileSync(path, kubeconfig(user), { mode: 0o600 }),
      token: (name) => userNamed(name).token,
      addUser: (name, rules) => newUser(name, [], rules),
      addImage: (name, image) => {
        images[name] = image;
      },
      addPodEvent,
      addObject: (object) => store.put(object),
      object: (key) => store.get(key),
      changeObject: (key, change) => {
        const before = store.get(key);
        if (before === undefined) throw new Error(`no ${key.resource}/${key.name} to change`);
        return store.put(changeDirectly(before, change, 'somebody-else', new Date()));
      },
      removeObject: (key) => {
        if (key.resource === 'pods') throw new Error('a pod goes by deletePod');
        store.delete(key);
      },
      addPod: (manifest, waiting) => kubelet.add(manifest, waiting),
      replacePod: (namespace, name) => kubelet.replace(namespace, name),
      deletePod: (namespace, name) => kubelet.remove(namespace, name),
      restartContainer: (namespace, pod, container) => kubelet.restart(namespace, pod, container),
      holdContainer: (namespace, pod, container, waiting) => kubelet.hold(namespace, pod, container, waiting),
      setPodPhase: (namespace, pod, phase) => kubelet.setPhase(namespace, pod, phase),
      setReadiness: (namespace, pod, readiness) => kubelet.setReadiness(namespace, pod, readiness),
      failLiveness: async (namespace, pod, container) => {
        for (const event of livenessEvents(namespace, pod, container)) addPodEvent(event);
        await kubelet.restart(namespace, pod, container);
      },
      settled: async () => {
        await (controllers === undefined ? kubelet.idle() : controllers.settled());
        await network?.settled();
      },
      upperDir: (...of) => process(...of).upper,
      cgroupDir: (...of) => process(...of).cgroup,
      containerPid: (...of) => process(...of).pid,
      containerLog: (...of) => record(...of).log,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await network?.stop();
    await running?.stop();
    throw error;
  }
}

function networkOf({ network, reason }: StartedNetwork): PodNetwork {
  if (network === undefined) throw new Error(`the stand-in has no pod network: ${reason}`);
  return network;
}
