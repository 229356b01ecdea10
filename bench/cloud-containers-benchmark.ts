import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Benchmark } from './benchmark.ts';
import { connectCloud } from './cloud-client.ts';
import { expectEqual, NAMESPACE, POD } from './contender.ts';
import { isInstalled } from './is-installed.ts';
import { measure, table } from './measure.ts';
import { type BenchCloud, startCloud } from './start-cloud.ts';

const ROUNDS = 7;

/** How kubectl gets its credentials for a cluster of this cloud. */
export interface KubectlWay {
  /** `kubectl + aws`. */
  readonly name: string;
  /** Programs beside kubectl, with an argument by which they only say who they are. */
  readonly needs: readonly (readonly [program: string, ...args: string[]])[];
  /** The user's entry of the kubeconfig. */
  readonly user: (cloud: BenchCloud) => object;
  readonly variables: (cloud: BenchCloud) => Readonly<Record<string, string>>;
}

export interface CloudBenchmark {
  readonly title: string;
  /** A module whose `play` plays the cloud. */
  readonly module: URL;
  readonly kubectl: KubectlWay;
}

interface Contender {
  readonly name: string;
  /** Returns its own time where the process was only started to be cold. */
  readonly containersOfPod: () => Promise<number | undefined>;
}

const measuredSchema = z.object({ ms: z.number() });

/**
 * A Firebreak that runs, and has used no cluster yet: the SDK is loaded, the cluster described, a token fetched, a
 * connection made. With a compile cache, as `firebreak serve` is started.
 */
const cold = (cloud: BenchCloud, cache: string): Contender => ({
  name: 'firebreak, first time',
  containersOfPod: async () => {
    const child = fork(new URL('cloud-cold-process.ts', import.meta.url), {
      env: { ...process.env, NODE_COMPILE_CACHE: cache },
    });
    await once(child, 'message');
    child.send(cloud);
    const [answer] = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error('the cold process failed'))),
    ]);
    const { ms } = measuredSchema.parse(answer);
    if (child.exitCode === null) await once(child, 'exit');
    return ms;
  },
});

/** kubectl as the vendor's own command sets it up: each call starts the plugin for its token. */
const kubectl = (kubeconfig: string, way: KubectlWay, cloud: BenchCloud): Contender => ({
  name: way.name,
  containersOfPod: async () => {
    const child = spawn(
      'kubectl',
      [
        ...[`--kubeconfig=${kubeconfig}`, `--namespace=${NAMESPACE}`, 'get', 'pod', POD],
        '--output=jsonpath={.spec.containers[*].name}',
      ],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...way.variables(cloud) } },
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

const kubeconfigText = (cloud: BenchCloud, way: KubectlWay): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bench',
    clusters: [
      {
        name: 'bench',
        cluster: {
          server: cloud.url,
          'certificate-authority-data': Buffer.from(cloud.caPem).toString('base64'),
        },
      },
    ],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'cloud' } }],
    users: [{ name: 'cloud', user: way.user(cloud) }],
  });

/** The containers of a pod by a cloud: Firebreak's first request and its later ones beside kubectl with its plugin. */
export const containersBenchmark =
  ({ title, module, kubectl: way }: CloudBenchmark): Benchmark =>
  async (print) => {
    for (const [program, ...args] of [['kubectl', 'version', '--client'], ...way.needs] as const)
      if (!(await isInstalled(program, args))) {
        print(`${title}: left out, ${program} is not installed here.`);
        return;
      }
    const folder = await mkdtemp(join(tmpdir(), 'firebreak-bench-'));
    try {
      await using started = await startCloud(module, folder);
      const { cloud } = started;
      const kubeconfig = join(folder, 'config');
      await writeFile(kubeconfig, kubeconfigText(cloud, way), { mode: 0o600 });
      const client = await connectCloud(cloud);
      const warm: Contender = {
        name: 'firebreak',
        containersOfPod: async () => {
          await client.containersOfPod();
          return undefined;
        },
      };
      const contenders = [warm, cold(cloud, join(folder, 'cache')), kubectl(kubeconfig, way, cloud)];
      const timings = await measure(contenders, ROUNDS, (one) => one.containersOfPod());
      print(table(title, ROUNDS, timings));
      client.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
