import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Benchmark } from './benchmark.ts';
import { expectEqual, NAMESPACE, POD } from './contender.ts';
import { connectEks } from './eks-client.ts';
import { isInstalled } from './is-installed.ts';
import { measure, table } from './measure.ts';
import { type BenchEks, type StandIn, startStandIn } from './stand-in.ts';

const ROUNDS = 7;

interface Contender {
  readonly name: string;
  /** Returns its own time where the process was only started to be cold. */
  readonly containersOfPod: () => Promise<number | undefined>;
}

const measuredSchema = z.object({ ms: z.number() });

/**
 * A Firebreak that runs, and has used no cluster yet: the SDK is loaded, the cluster described, a token minted, a
 * connection made. With a compile cache, as `firebreak serve` is started.
 */
const cold = (eks: BenchEks, cache: string): Contender => ({
  name: 'firebreak, first time',
  containersOfPod: async () => {
    const child = fork(new URL('eks-cold-process.ts', import.meta.url), {
      env: { ...process.env, NODE_COMPILE_CACHE: cache },
    });
    await once(child, 'message');
    child.send(eks);
    const [answer] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error('the cold process failed'))),
    ]);
    const { ms } = measuredSchema.parse(answer);
    if (child.exitCode === null) await once(child, 'exit');
    return ms;
  },
});

/** kubectl as `aws eks update-kubeconfig` sets it up: each call starts the AWS CLI for its token. */
const kubectl = (kubeconfig: string, eks: BenchEks): Contender => ({
  name: 'kubectl + aws',
  containersOfPod: async () => {
    const child = spawn(
      'kubectl',
      [
        ...[`--kubeconfig=${kubeconfig}`, `--namespace=${NAMESPACE}`, 'get', 'pod', POD],
        '--output=jsonpath={.spec.containers[*].name}',
      ],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...eks.keys, ...NO_ENDPOINTS } },
    );
    let bytes = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    const [code] = await once(child, 'close');
    expectEqual('exit code of kubectl', code, 0);
    expectEqual('containers', bytes > 0, true);
    return undefined;
  },
});

/** A token names the real STS, which the AWS CLI would replace by the stand-in's address. */
const NO_ENDPOINTS = { AWS_ENDPOINT_URL_STS: '', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' };

const kubeconfigText = ({ target, eks }: StandIn): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bench',
    clusters: [
      {
        name: 'bench',
        cluster: {
          server: target.url,
          'certificate-authority-data': Buffer.from(target.caPem).toString('base64'),
        },
      },
    ],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'aws' } }],
    users: [
      {
        name: 'aws',
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1beta1',
            command: 'aws',
            args: [
              '--region',
              eks.region,
              'eks',
              'get-token',
              '--cluster-name',
              eks.name,
              '--output',
              'json',
            ],
            interactiveMode: 'Never',
          },
        },
      },
    ],
  });

/** The containers of a pod of an EKS cluster: Firebreak's first request and its later ones beside kubectl with its exec plugin. */
export const eksContainersBenchmark: Benchmark = async (print) => {
  if (
    !(await isInstalled('kubectl', ['version', '--client'])) ||
    !(await isInstalled('aws', ['--version']))
  ) {
    print('The containers of a pod by EKS: left out, kubectl or the AWS CLI is not installed here.');
    return;
  }
  const standIn = await startStandIn();
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-bench-'));
  try {
    const kubeconfig = join(folder, 'config');
    await writeFile(kubeconfig, kubeconfigText(standIn), { mode: 0o600 });
    const client = await connectEks(standIn.eks);
    const warm: Contender = {
      name: 'firebreak',
      containersOfPod: async () => {
        await client.containersOfPod();
        return undefined;
      },
    };
    const contenders = [warm, cold(standIn.eks, join(folder, 'cache')), kubectl(kubeconfig, standIn.eks)];
    const timings = await measure(contenders, ROUNDS, (one) => one.containersOfPod());
    print(table('The containers of a pod by EKS', ROUNDS, timings));
    client.close();
  } finally {
    await standIn.close();
    await rm(folder, { recursive: true, force: true });
  }
};
