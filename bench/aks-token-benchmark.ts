import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { trustAlso } from '../sandbox/internet/trust-also.ts';
import { AzureAgents } from '../src/clouds/azure/azure-agents.ts';
import { findAzureSource } from '../src/clouds/azure/azure-source.ts';
import { systemClock } from '../src/runtime/system-clock.ts';
import { AKS_SERVER_APP, kubeloginArgs, kubeloginVariables } from './aks-kubelogin.ts';
import type { Benchmark } from './benchmark.ts';
import { expectEqual } from './contender.ts';
import { isInstalled } from './is-installed.ts';
import { measure, table } from './measure.ts';
import { type BenchCloud, startCloud } from './start-cloud.ts';

const ROUNDS = 9;
const TITLE = 'A token for an AKS cluster, from a client secret';

interface Contender {
  readonly name: string;
  readonly fetch: () => Promise<void>;
}

const answerSchema = z.object({ status: z.object({ token: z.string() }) });
const expectToken = (token: string): void => expectEqual('parts of a token', token.split('.').length, 3);

/** Asks Entra ID each time: a running Firebreak would keep the token. */
const firebreak = ({ variables: environment }: BenchCloud): Contender => {
  const source = findAzureSource({
    ...{ cloud: 'public', clock: systemClock, environment, baseDir: tmpdir() },
    agents: new AzureAgents(environment),
  });
  return {
    name: 'firebreak',
    fetch: async () => expectToken((await source.token(`${AKS_SERVER_APP}/.default`)).text),
  };
};

const kubelogin = (cloud: BenchCloud): Contender => ({
  name: 'kubelogin',
  fetch: async () => {
    const child = spawn('kubelogin', kubeloginArgs(cloud), {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...kubeloginVariables(cloud) },
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const [code] = await once(child, 'close');
    expectEqual('exit code of kubelogin', code, 0);
    expectToken(answerSchema.parse(JSON.parse(text)).status.token);
  },
});

/** A token for an AKS cluster, asked for in this process and by the program that kubectl would start. */
export const aksTokenBenchmark: Benchmark = async (print) => {
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-bench-'));
  try {
    await using started = await startCloud(new URL('play-aks.ts', import.meta.url), folder);
    const { cloud } = started;
    trustAlso(await readFile(cloud.variables['NODE_EXTRA_CA_CERTS'] ?? '', 'utf8'));
    const beside = (await isInstalled('kubelogin', ['--version'])) ? [kubelogin(cloud)] : [];
    const timings = await measure([firebreak(cloud), ...beside], ROUNDS, (one) => one.fetch());
    const left = beside.length === 0 ? ': alone, kubelogin is not installed here' : '';
    print(table(`${TITLE}${left}`, ROUNDS, timings));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
