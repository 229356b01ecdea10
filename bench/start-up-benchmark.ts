import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Incident, startIncident } from '../sandbox/incident/start-incident.ts';
import { testServer } from '../sandbox/postgres/test-server.ts';
import type { Benchmark } from './benchmark.ts';
import { measure } from './measure.ts';
import { memoryMib } from './process-memory.ts';

const ROUNDS = 5;
const SETTLE_MS = 2_000;

interface Contender {
  readonly name: string;
  readonly clusters: Readonly<Record<string, object>>;
}

/** A cluster of each cloud whose SDK is another; none of them is used. */
const CONTENDERS: readonly Contender[] = [
  { name: 'no cluster', clusters: {} },
  { name: 'one EKS cluster', clusters: { one: { provider: 'eks', region: 'eu-west-1', name: 'one' } } },
  {
    name: 'one GKE cluster',
    clusters: { two: { provider: 'gke', project: 'shop-prod', location: 'europe-west1', name: 'two' } },
  },
  {
    name: 'one AKS cluster',
    clusters: {
      three: {
        provider: 'aks',
        subscription: '00000000-0000-0000-0000-000000000001',
        resourceGroup: 'shop',
        name: 'three',
      },
    },
  },
];

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, SETTLE_MS));

const writeConfig = async (folder: string, incident: Incident, { clusters }: Contender): Promise<string> => {
  const path = join(folder, `${Object.keys(clusters).join('-') || 'none'}.yml`);
  await writeFile(
    path,
    stringify({
      clusters,
      evidence: { directory: incident.evidence, plaintext: true },
      channels: {
        [incident.slack.channels.incident.id]: {
          clusters: Object.keys(clusters),
          rules: [{ verbs: ['inspect'], approvals: 0 }],
        },
      },
    }),
  );
  return path;
};

/** From the start of the process to its readiness, and its memory then, with a cloud configured and with none. */
export const startUpBenchmark: Benchmark = async (print) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'firebreak-bench-'));
  try {
    await using database = await testServer();
    await using incident = await startIncident({ dataDir, databaseUrl: database.serveUrl });
    const memory = new Map<Contender, number>();
    const timings = await measure(CONTENDERS, ROUNDS, async (contender) => {
      const config = await writeConfig(dataDir, incident, contender);
      const start = performance.now();
      await using firebreak = await incident.startReplica({ FIREBREAK_CONFIG: config });
      const ms = performance.now() - start;
      await settled();
      memory.set(contender, memoryMib(firebreak.pid, 'VmRSS'));
      return ms;
    });
    const rows = timings.map(({ name, medianMs }, index) => {
      const contender = CONTENDERS[index];
      const mib = contender === undefined ? Number.NaN : (memory.get(contender) ?? Number.NaN);
      return `  ${name.padEnd(22)}${`${medianMs.toFixed(0)} ms`.padStart(12)}${`${mib.toFixed(0)} MiB`.padStart(11)}`;
    });
    print(
      [`From the start to readiness, and memory at rest (median of ${ROUNDS}, in turns)`, ...rows].join('\n'),
    );
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
};
