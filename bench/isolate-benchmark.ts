import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createToolImage } from '../sandbox/cluster/tool-image/create-tool-image.ts';
import { buttonOf, runIdOf, textOf } from '../sandbox/demo/read-message.ts';
import { CLUSTER_NAME } from '../sandbox/incident/config-text.ts';
import { type Incident, startIncident } from '../sandbox/incident/start-incident.ts';
import { testServer } from '../sandbox/postgres/test-server.ts';
import type { Benchmark } from './benchmark.ts';
import { expectEqual } from './contender.ts';
import { isInstalled } from './is-installed.ts';
import { measure } from './measure.ts';

const TITLE = 'An isolation, from the approving click';
const ROUNDS = 5;
const WAIT = { timeoutMs: 120_000 };
const TOOL_IMAGE = `registry.example/firebreak/tools@sha256:${'0'.repeat(64)}`;
const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;
const VERDICT = /\b(CONTAINED|PARTIAL|NOT ENFORCED):/;

/** Types a command, presses Approve, and resolves with the milliseconds from the click until `done`, and at the run's end. */
const approved = async (
  { slack }: Incident,
  command: string,
  done: RegExp,
): Promise<{ readonly clickedAt: Date; readonly ms: number; readonly end: string }> => {
  const channel = slack.channels.incident.id;
  const before = slack.messages(channel).length;
  await slack.command({ user: slack.people.requester.id, channel, text: command });
  const card = await slack.waitFor(
    () =>
      slack
        .messages(channel)
        .slice(before)
        .find((message) => buttonOf(message, 'Approve') !== undefined),
    WAIT,
  );
  const approve = buttonOf(card, 'Approve');
  if (approve === undefined) throw new Error('the card can not be approved');
  const [clickedAt, startedAtMs] = [new Date(), performance.now()];
  await slack.click({ user: slack.people.approver.id, channel, messageTs: card.ts, ...approve });
  const run = runIdOf(card);
  const message = await slack.waitFor(
    () =>
      slack
        .messages(channel)
        .find((one) => one.ts !== card.ts && textOf(one).includes(run) && done.test(textOf(one))),
    WAIT,
  );
  return { clickedAt, ms: performance.now() - startedAtMs, end: textOf(message) };
};

/** When the pod got the label that the deny selects, by the cluster's own history. */
const labelledAt = ({ cluster }: Incident, since: Date): Date => {
  const found = cluster.history.find(
    ({ at, object }) =>
      at >= since &&
      object.kind === 'Pod' &&
      object.metadata.name === POD.name &&
      object.metadata.labels?.['firebreak.dev/isolated-by'] !== undefined,
  );
  if (found === undefined) throw new Error('the pod was never labelled');
  return found.at;
};

const kubectl = async (args: readonly string[]): Promise<void> => {
  const child = spawn('kubectl', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'close');
  expectEqual('exit code of kubectl', code, 0);
};

const POLICY = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'by-hand', namespace: 'payments' },
  spec: { podSelector: { matchLabels: { app: 'nobody' } }, policyTypes: ['Ingress', 'Egress'] },
};

/** What somebody does by hand, of which nothing is looked at, proven or written down. */
const byHand = async (incident: Incident, folder: string): Promise<readonly string[]> => {
  if (!(await isInstalled('kubectl', ['version', '--client']))) return ['  kubectl is not installed here'];
  const config = join(folder, 'by-hand');
  const policy = join(folder, 'policy.json');
  incident.cluster.writeKubeconfig(config, 'admin');
  await writeFile(policy, JSON.stringify(POLICY));
  const to = [`--kubeconfig=${config}`, '--namespace=payments'];
  const timings = await measure(
    [
      { name: 'kubectl label', args: ['label', 'pod', 'multi', '--overwrite', 'by-hand=yes'] },
      { name: 'kubectl apply', args: ['apply', '-f', policy] },
    ],
    ROUNDS,
    ({ args }) => kubectl([...to, ...args]),
  );
  return timings.map(({ name, medianMs }) => row(name, medianMs));
};

const row = (name: string, ms: number): string => `  ${name.padEnd(34)}${`${ms.toFixed(0)} ms`.padStart(10)}`;

const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const measured = async (incident: Incident, folder: string): Promise<string> => {
  const cut: number[] = [];
  const proven: number[] = [];
  const verdicts = new Set<string>();
  for (let round = 0; round <= ROUNDS; round += 1) {
    const asked = `isolate ${CLUSTER_NAME} pod/x --keep`;
    const { clickedAt, ms, end } = await approved(incident, asked, VERDICT);
    await approved(incident, `release ${CLUSTER_NAME} pod/x`, /is open again/);
    if (round === 0) continue;
    cut.push(labelledAt(incident, clickedAt).getTime() - clickedAt.getTime());
    proven.push(ms);
    verdicts.add(VERDICT.exec(end)?.[1] ?? '');
  }
  return [
    `${TITLE} (median of ${ROUNDS}; ${[...verdicts].join(', ')})`,
    row('firebreak, until it is cut off', middle(cut)),
    row('firebreak, until it is proven', middle(proven)),
    ...(await byHand(incident, folder)),
  ].join('\n');
};

/**
 * How long a responder waits for the cut, and for the verdict. The verdict takes 5 s at least: so long an engine gets to
 * carry the policy out, and a connection to end. Beside it what kubectl takes for the two writes alone.
 */
export const isolateBenchmark: Benchmark = async (print) => {
  const tools = createToolImage();
  if (typeof tools === 'string') {
    print(`${TITLE}: left out, ${tools}`);
    return;
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'firebreak-bench-'));
  try {
    await using database = await testServer();
    await using incident = await startIncident({
      dataDir,
      databaseUrl: database.serveUrl,
      cluster: {
        network: { enforcement: 'networkpolicy', connections: 'cut', denyApi: 'AdminNetworkPolicy' },
        controllers: 'on',
      },
      slack: { rateLimits: 'off' },
      config: {
        cluster: { toolImage: TOOL_IMAGE },
        rules: [{ verbs: ['*'], approvals: 1, approvers: ['S0APPROVERS'] }],
      },
    });
    const { cluster } = incident;
    if (cluster.network === 'loopback only') {
      print(`${TITLE}: left out, ${cluster.networkReason}`);
      return;
    }
    cluster.addImage(TOOL_IMAGE, tools.image);
    cluster.addObject({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'firebreak-footholds' } });
    cluster.writeKubeconfig(join(dataDir, 'sandbox', 'kubeconfig'), 'admin');
    await using _firebreak = await incident.startReplica();
    print(await measured(incident, dataDir));
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
};
