import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { trustAlso } from '../sandbox/internet/trust-also.ts';
import { googleCredentials } from '../src/clouds/google/google-credentials.ts';
import { systemClock } from '../src/runtime/system-clock.ts';
import type { Benchmark } from './benchmark.ts';
import { expectEqual } from './contender.ts';
import { isInstalled } from './is-installed.ts';
import { measure, table } from './measure.ts';
import { type BenchCloud, startCloud } from './start-cloud.ts';

const ROUNDS = 9;
const TITLE = 'A token for a GKE cluster, from the key of a service account';
const PLUGIN = 'gke-gcloud-auth-plugin';

interface Contender {
  readonly name: string;
  readonly fetch: () => Promise<void>;
}

const answerSchema = z.object({ status: z.object({ token: z.string() }) });
const expectToken = (token: string): void => expectEqual('prefix', token.slice(0, 5), 'ya29.');

const firebreak = async ({ variables }: BenchCloud): Promise<Contender> => {
  trustAlso(await readFile(variables['NODE_EXTRA_CA_CERTS'] ?? '', 'utf8'));
  const credentials = googleCredentials({
    ...{ home: tmpdir(), baseDir: tmpdir() },
    clock: systemClock,
    environment: variables,
  });
  return {
    name: 'firebreak',
    fetch: async () => {
      // Kept for an hour otherwise: then it takes no time at all.
      credentials.forget();
      expectToken((await credentials.provide()).token.text);
    },
  };
};

const plugin = (
  name: string,
  args: readonly string[],
  { variables }: BenchCloud,
  home: string,
): Contender => ({
  name,
  fetch: async () => {
    const child = spawn(PLUGIN, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...variables, HOME: home, KUBECONFIG: '' },
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const [code] = await once(child, 'close');
    expectEqual(`exit code of ${PLUGIN}`, code, 0);
    expectToken(answerSchema.parse(JSON.parse(text)).status.token);
  },
});

/** Fetched in this process, and by the plugin that kubectl would start: which asks gcloud, or is told to use the key itself. */
export const gkeTokenBenchmark: Benchmark = async (print) => {
  for (const program of ['gcloud', PLUGIN])
    if (!(await isInstalled(program, ['--version']))) {
      print(`${TITLE}: left out, ${program} is not installed here.`);
      return;
    }
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-bench-'));
  try {
    await using started = await startCloud(new URL('play-gke.ts', import.meta.url), folder);
    const { cloud } = started;
    const contenders = [
      await firebreak(cloud),
      plugin('gke plugin, by gcloud', [], cloud, folder),
      plugin('gke plugin, by the key', ['--use_application_default_credentials'], cloud, folder),
    ];
    print(table(TITLE, ROUNDS, await measure(contenders, ROUNDS, (one) => one.fetch())));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
