import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputOf } from '../sandbox/cluster/testing/exec-over-websocket.ts';
import { type Incident, type IncidentOptions, startIncident } from '../sandbox/incident/start-incident.ts';
import { testServer } from '../sandbox/postgres/test-server.ts';
import { acquirePod } from './acquire-pod.ts';
import type { Benchmark } from './benchmark.ts';
import { expectEqual } from './contender.ts';
import { isInstalled } from './is-installed.ts';
import { memoryMib, resetPeak } from './process-memory.ts';

const MIB = 1024 ** 2;
const SIZES_MIB = [200, 2048];
const SETTLE_MS = 5_000;

/** The same files by `kubectl exec … tar`, thrown away: nothing is hashed, stored, approved or recorded. In MiB a second. */
const kubectlTar = async (incident: Incident, kubeconfig: string): Promise<number | undefined> => {
  if (!(await isInstalled('kubectl', ['version', '--client']))) return undefined;
  incident.cluster.writeKubeconfig(kubeconfig, 'responder');
  const startedAtMs = performance.now();
  const child = spawn(
    'kubectl',
    [`--kubeconfig=${kubeconfig}`, '-n', 'payments', 'exec', 'x', '--', 'tar', '-cf', '-', '/large.bin'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  const [code] = await once(child, 'close');
  expectEqual('exit code of kubectl', code, 0);
  return bytes / MIB / ((performance.now() - startedAtMs) / 1000);
};

/** In a process of its own, so that what an earlier acquisition left in the heap does not count. */
const measure = async (incident: Incident, mib: number, kubeconfig: string): Promise<string> => {
  // Not a sparse file: of that, tar would send the holes as a few bytes.
  const fill = `head -c ${mib}M /dev/zero > /large.bin`;
  await outputOf(incident.cluster, { pod: 'x', container: 'app', command: ['sh', '-c', fill] });
  await using firebreak = await incident.startReplica();
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const rest = memoryMib(firebreak.pid, 'VmRSS');
  resetPeak(firebreak.pid);
  const startedAtMs = performance.now();
  const bytes = await acquirePod(incident);
  const rate = bytes / MIB / ((performance.now() - startedAtMs) / 1000);
  const more = ((memoryMib(firebreak.pid, 'VmHWM') - rest) * MIB) / 1e6;
  const beside = await kubectlTar(incident, kubeconfig);
  return `  ${`${mib} MiB`.padEnd(10)} ${rest.toFixed(0)} MiB at rest, at its peak ${more.toFixed(0)} MB more; ${rate.toFixed(0)} MiB/s end to end${
    beside === undefined ? '' : `, kubectl exec … tar ${beside.toFixed(0)} MiB/s`
  }`;
};

/**
 * Memory at rest and at its peak, and speed, by the size of what is acquired, from the command to the sealed bundle.
 * The cluster, Slack and S3 of the sandbox share the machine with it.
 */
const memoryBenchmark =
  (title: string, options: Pick<IncidentOptions, 'amazon'>): Benchmark =>
  async (print) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'firebreak-bench-'));
    try {
      await using database = await testServer();
      await using incident = await startIncident({ ...options, dataDir, databaseUrl: database.serveUrl });
      if (incident.cluster.containers === 'no shell') {
        print(`${title}: left out, ${incident.cluster.containersReason}`);
        return;
      }
      const rows: string[] = [];
      for (const size of SIZES_MIB) rows.push(await measure(incident, size, join(dataDir, 'kubeconfig')));
      print([title, ...rows].join('\n'));
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  };

export const directoryBenchmark = memoryBenchmark('An acquisition into a folder', {});
export const s3Benchmark = memoryBenchmark('An acquisition by EKS into S3', { amazon: {} });
