import { createInClusterCloud } from '../../src/clouds/in-cluster.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { type CloudFailure, type CloudScene, cloudContract } from './cloud.ts';
import { createMount, type MountedFiles } from './mounted-account.ts';
import { serviceAccountToken } from './service-account-token.ts';

const HOUR_S = 3_600;

interface PodScene extends CloudScene {
  /** Mounts these files and no others. */
  mount(files: MountedFiles): Promise<void>;
  files(): MountedFiles;
  readonly environment: Record<string, string | undefined>;
}

const scenes = new WeakMap<CloudScene, PodScene>();
const podOf = (scene: CloudScene): PodScene => {
  const found = scenes.get(scene);
  if (found === undefined) throw new Error('not a scene of this file');
  return found;
};

const startScene = async (): Promise<CloudScene> => {
  const mount = await createMount();
  const secrets: string[] = [];
  const environment: Record<string, string | undefined> = {};
  let files: MountedFiles = { namespace: 'firebreak' };
  const change = async (changed: MountedFiles): Promise<void> => {
    files = { ...files, ...changed };
    await mount.write(files);
  };
  const renew = async (): Promise<void> => {
    const token = serviceAccountToken({ exp: Math.floor(Date.now() / 1_000) + HOUR_S });
    secrets.push(token);
    await change({ token });
  };
  await renew();
  const scene: PodScene = {
    cloud: createInClusterCloud(mount.account),
    options: {},
    environment,
    context: {
      ...{ cluster: 'here', identity: 'read', home: '/', baseDir: '/', clock: systemClock },
      environment,
    },
    pointTo: async ({ server, caPem }) => {
      environment['KUBERNETES_SERVICE_HOST'] = server.hostname;
      environment['KUBERNETES_SERVICE_PORT'] = server.port;
      await change({ 'ca.crt': caPem });
    },
    accepts: (token) => token === secrets.at(-1),
    revoke: renew,
    age: renew,
    fetches: mount.tokenReads,
    secrets: () => secrets,
    mount: (mounted) => mount.write(mounted),
    files: () => files,
    close: mount.close,
  };
  scenes.set(scene, scene);
  return scene;
};

const without = (name: keyof MountedFiles) => (scene: CloudScene) => {
  const { [name]: _left, ...rest } = podOf(scene).files();
  return podOf(scene).mount(rest);
};
const environment = (changed: Readonly<Record<string, string | undefined>>) => async (scene: CloudScene) => {
  Object.assign(podOf(scene).environment, changed);
};

const failures: readonly CloudFailure[] = [
  {
    when: 'it does not run in a pod',
    code: 'config-invalid',
    says: /does not run in a pod: KUBERNETES_SERVICE_HOST.*eks, gke, aks or kubeconfig/u,
    arrange: environment({ KUBERNETES_SERVICE_HOST: undefined }),
  },
  {
    when: 'the address in the environment is none',
    code: 'config-invalid',
    says: /not an address and a port.*kubelet sets both/u,
    arrange: environment({ KUBERNETES_SERVICE_PORT: '443/evil' }),
  },
  {
    when: 'the token is not mounted',
    code: 'cluster-credentials',
    says: /token .*\/token does not exist.*automountServiceAccountToken: true/u,
    arrange: without('token'),
  },
  {
    when: 'the token is empty',
    code: 'cluster-credentials',
    says: /is empty.*kubelet/u,
    arrange: (scene) => podOf(scene).mount({ ...podOf(scene).files(), token: '\n' }),
  },
  {
    when: 'the CA is not mounted',
    code: 'config-invalid',
    says: /CA .*\/ca\.crt does not exist.*kube-root-ca\.crt/u,
    arrange: without('ca.crt'),
  },
  {
    when: 'the CA is no certificate',
    code: 'config-invalid',
    says: /CA .*\/ca\.crt is not a PEM certificate.*kube-root-ca\.crt/u,
    arrange: (scene) => podOf(scene).mount({ ...podOf(scene).files(), 'ca.crt': 'nothing' }),
  },
];

cloudContract('in-cluster', startScene, failures);
