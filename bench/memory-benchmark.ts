import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputOf } from '../sandbox/cluster/testing/exec-over-websocket.ts';
import { buttonOf, runIdOf, textOf } from '../sandbox/demo/read-message.ts';
import { CLUSTER_NAME } from '../sandbox/incident/config-text.ts';
import { type Incident, startIncident } from '../sandbox/incident/start-incident.ts';
import { testServer } from '../sandbox/postgres/test-server.ts';
import type { Benchmark } from './benchmark.ts';

const MIB = 1024 ** 2;
const SIZES_MIB = [200, 2048];
const SETTLE_MS = 5_000;
const STEP_TIMEOUT_MS = 600_000;

/** A value of /proc/<pid>/status in MiB. `VmHWM` is the peak since it was last reset. */
const memoryMib = (pid: number, field: 'VmRSS' | 'VmHWM'): number => {
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(
    readFileSync(`/proc/${pid}/status`, 'utf8'),
  )?.[1];
  return Number(kib) / 1024;
};

/** Writing 5 resets the peak (proc(5), /proc/pid/clear_refs). */
const resetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5');

/** Types the command, approves it, and resolves when the run has ended, with the size of its tar. */
const acquire = async ({ slack, evidence }: Incident): Promise<number> => {
  const channel = slack.channels.incident.id;
  const before = slack.messages(channel).length;
  await slack.command({
    user: slack.people.requester.id,
    channel,
    text: `acquire ${CLUSTER_NAME} pod/x --max-size 4GiB`,
  });
  const wait = { timeoutMs: STEP_TIMEOUT_MS };
  const card = await slack.waitFor(
    () =>
      slack
        .messages(channel)
        .slice(before)
        .find((message) => buttonOf(message, 'Approve') !== undefined),
    wait,
  );
  const approve = buttonOf(card, 'Approve');
  if (approve === undefined) throw new Error('the card can not be approved');
  await slack.click({ user: slack.people.approver.id, channel, messageTs: card.ts, ...approve });
  const run = runIdOf(card);
  await slack.waitFor(
    () =>
      slack
        .messages(channel)
        .find(
          (message) =>
            message.ts !== card.ts && textOf(message).includes('SHA256SUMS') && textOf(message).includes(run),
        ),
    wait,
  );
  return statSync(join(evidence, run.replace(/-\d+$/, ''), run, 'files.tar')).size;
};

/** In a process of its own, so that what an earlier acquisition left in the heap does not count. */
const measure = async (incident: Incident, mib: number): Promise<string> => {
  // Not a sparse file: of that, tar would send the holes as a few bytes.
  const fill = `head -c ${mib}M /dev/zero > /large.bin`;
  await outputOf(incident.cluster, { pod: 'x', container: 'app', command: ['sh', '-c', fill] });
  await using firebreak = await incident.startReplica();
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const rest = memoryMib(firebreak.pid, 'VmRSS');
  resetPeak(firebreak.pid);
  const startedAtMs = performance.now();
  const bytes = await acquire(incident);
  const rate = bytes / MIB / ((performance.now() - startedAtMs) / 1000);
  const more = ((memoryMib(firebreak.pid, 'VmHWM') - rest) * MIB) / 1e6;
  return `  ${`${mib} MiB`.padEnd(10)} ${rest.toFixed(0)} MiB at rest, at its peak ${more.toFixed(0)} MB more; ${rate.toFixed(0)} MiB/s end to end`;
};

/** Resident memory of a Firebreak process at rest and at its peak, by the size of what it acquires, end to end. */
export const memoryBenchmark: Benchmark = async (print) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'firebreak-bench-'));
  try {
    await using database = await testServer();
    await using incident = await startIncident({ dataDir, databaseUrl: database.serveUrl });
    if (incident.cluster.containers === 'no shell') {
      print(`Memory of an acquisition: left out, ${incident.cluster.containersReason}`);
      return;
    }
    const rows: string[] = [];
    for (const size of SIZES_MIB) rows.push(await measure(incident, size));
    print(
      ['Resident memory of Firebreak while it acquires, from the command to the sealed bundle', ...rows].join(
        '\n',
      ),
    );
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
};
