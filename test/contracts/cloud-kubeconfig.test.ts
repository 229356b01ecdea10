import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { kubeconfigFiles } from '../../src/clouds/kubeconfig/kubeconfig-files.ts';
import { createKubeconfigCloud } from '../../src/clouds/kubeconfig.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { type CloudFailure, type CloudScene, cloudContract, type PointedCluster } from './cloud.ts';
import { createTestAuthority } from './cloud-certificates.ts';

interface FileScene extends CloudScene {
  /** Replaces keys of the one cluster and the one user, and writes the file. */
  rewrite(keys: { readonly cluster?: object; readonly user?: object }): Promise<void>;
  writeRaw(text: string): Promise<void>;
}

const scenes = new WeakMap<CloudScene, FileScene>();
const filesOf = (scene: CloudScene): FileScene => {
  const found = scenes.get(scene);
  if (found === undefined) throw new Error('not a scene of this file');
  return found;
};

const startScene = async (): Promise<CloudScene> => {
  const home = await mkdtemp(join(tmpdir(), 'firebreak-kubeconfig-'));
  const config = join(home, 'config');
  const tokenFile = join(home, 'token');
  const secrets: string[] = [];
  let pointed: PointedCluster = { server: new URL('https://127.0.0.1:1'), caPem: '' };
  let current = '';
  let tokenReads = 0;

  const replace = async (path: string, text: string): Promise<void> => {
    // As the kubelet does with a projected token: a new file takes the old one's name.
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  };
  const newToken = async (): Promise<void> => {
    current = `token-${crypto.randomUUID()}`;
    secrets.push(current);
    await replace(tokenFile, `${current}\n`);
  };
  const write = (keys: { readonly cluster?: object; readonly user?: object }): Promise<void> =>
    replace(
      config,
      stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'lab',
        clusters: [
          {
            name: 'lab',
            cluster: {
              server: pointed.server.href,
              'certificate-authority-data': Buffer.from(pointed.caPem).toString('base64'),
              ...keys.cluster,
            },
          },
        ],
        users: [{ name: 'responder', user: keys.user ?? { tokenFile: 'token' } }],
        contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'responder' } }],
      }),
    );
  await newToken();
  const scene: FileScene = {
    cloud: createKubeconfigCloud({
      stamp: (path) => kubeconfigFiles.stamp(path),
      read: (path) => {
        if (path === tokenFile) tokenReads += 1;
        return kubeconfigFiles.read(path);
      },
    }),
    options: { path: '~/config', context: 'lab' },
    context: { cluster: 'lab', identity: 'read', home, baseDir: '/', clock: systemClock, environment: {} },
    pointTo: async (cluster) => {
      pointed = cluster;
      await write({});
    },
    accepts: (token) => token === current,
    revoke: newToken,
    age: newToken,
    fetches: () => tokenReads,
    secrets: () => secrets,
    rewrite: write,
    writeRaw: (text) => replace(config, text),
    close: () => rm(home, { recursive: true, force: true }),
  };
  scenes.set(scene, scene);
  return scene;
};

const user = (keys: object) => (scene: CloudScene) => filesOf(scene).rewrite({ user: keys });
const cluster = (keys: object) => (scene: CloudScene) => filesOf(scene).rewrite({ cluster: keys });
const nothing = () => Promise.resolve();
const one = createTestAuthority('one').issue(['responder']);
const two = createTestAuthority('two').issue(['responder']);

const failures: readonly CloudFailure[] = [
  {
    when: 'the context does not exist',
    code: 'config-invalid',
    says: /no context "prod".*one of: lab\./u,
    arrange: nothing,
    options: { path: '~/config', context: 'prod' },
  },
  {
    when: 'the file does not exist',
    code: 'config-invalid',
    says: /gone does not exist\. Check/u,
    arrange: nothing,
    options: { path: '~/gone' },
  },
  {
    when: 'the file is not YAML, on a line that holds a secret',
    code: 'config-invalid',
    says: /is not YAML: line 2/u,
    arrange: (scene) => filesOf(scene).writeRaw(`a: 1\n\t"token": ${scene.secrets()[0]}: {`),
  },
  {
    when: 'the file asks for TLS without verification',
    code: 'config-invalid',
    says: /insecure-skip-tls-verify.*certificate-authority-data/u,
    arrange: cluster({ 'insecure-skip-tls-verify': true }),
  },
  {
    when: 'the address is not https',
    code: 'config-invalid',
    says: /server of the kubeconfig.*https/u,
    arrange: cluster({ server: 'http://127.0.0.1:8080' }),
  },
  {
    when: 'the proxy is of an unknown kind',
    code: 'config-invalid',
    says: /proxy-url.*socks5/u,
    arrange: cluster({ 'proxy-url': 'ftp://127.0.0.1:21' }),
  },
  {
    when: 'the CA is not a certificate',
    code: 'config-invalid',
    says: /CA of the kubeconfig is not a PEM/u,
    arrange: cluster({ 'certificate-authority-data': 'bm90IGEgY2VydGlmaWNhdGU=' }),
  },
  {
    when: 'an AWS program gives the credentials',
    code: 'cluster-credentials',
    says: /program "aws".*`provider: eks`/u,
    arrange: user({ exec: { command: 'aws', apiVersion: 'client.authentication.k8s.io/v1' } }),
  },
  {
    when: 'another program gives the credentials',
    code: 'cluster-credentials',
    says: /program "\/opt\/login".*service account token/u,
    arrange: user({ exec: { command: '/opt/login', apiVersion: 'client.authentication.k8s.io/v1' } }),
  },
  {
    when: 'an auth-provider gives the credentials',
    code: 'cluster-credentials',
    says: /auth-provider "oidc".*service account token/u,
    arrange: user({ 'auth-provider': { name: 'oidc', config: {} } }),
  },
  {
    when: 'there are a user name and a password',
    code: 'cluster-credentials',
    says: /password.*service account token/u,
    arrange: user({ username: 'admin', password: 'hunter2-hunter2' }),
  },
  {
    when: 'it acts as another user',
    code: 'cluster-credentials',
    says: /acts as another user.*identity of its own/u,
    arrange: user({ tokenFile: 'token', as: 'system:admin' }),
  },
  {
    when: 'there is no credential at all',
    code: 'cluster-credentials',
    says: /neither a token nor a client certificate.*Add token/u,
    arrange: user({}),
  },
  {
    when: 'the token file does not exist',
    code: 'config-invalid',
    says: /nowhere does not exist/u,
    arrange: user({ tokenFile: 'nowhere' }),
  },
  {
    when: 'the token can not be a token',
    code: 'cluster-credentials',
    says: /characters that no token has.*new token/u,
    arrange: user({ token: 'two words' }),
  },
  {
    when: 'the client key belongs to another certificate',
    code: 'cluster-credentials',
    says: /does not belong to its client certificate/u,
    arrange: user({
      'client-certificate-data': Buffer.from(one.certPem).toString('base64'),
      'client-key-data': Buffer.from(two.keyPem).toString('base64'),
    }),
  },
];

cloudContract('kubeconfig', startScene, failures);
