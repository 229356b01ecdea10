import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findHostTool } from '../../sandbox/cluster/runtime/host-tools.ts';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { textOf } from '../../sandbox/demo/read-message.ts';
import { runCommand } from '../commands/run-command.ts';
import { lacks, startIsolationScenario } from './isolation-scene.ts';
import { wordsOf } from './message-words.ts';
import { APPROVERS } from './scenario-config.ts';

const kubectlPath = findHostTool('kubectl');
const PLACEHOLDER = '<whom the kubeconfig of prod-cluster authenticates>';
const POLICIES = { group: 'networking.k8s.io', resource: 'networkpolicies', namespace: 'payments' } as const;

const apply = (cluster: StandInCluster, folder: string, stream: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const path = join(folder, 'admin.kubeconfig');
    cluster.writeKubeconfig(path, 'admin');
    const child = execFile(
      kubectlPath ?? 'kubectl',
      ['apply', '-f', '-'],
      { env: { ...process.env, HOME: folder, KUBECONFIG: path }, cwd: folder },
      (error, stdout, stderr) => (error === null ? resolve(stdout) : reject(new Error(`${stdout}${stderr}`))),
    );
    child.stdin?.end(stream);
  });

test.skipIf(lacks !== '' || kubectlPath === undefined)(
  'what firebreak permissions prints for contain and undo is enough for all of its steps, and for putting them back',
  async () => {
    await using scenario = await startIsolationScenario({
      config: {
        access: { provider: 'kubeconfig', path: 'planner.kubeconfig' },
        cluster: { identities: { act: { path: 'runner.kubeconfig' } } },
        rules: [
          {
            verbs: ['contain', 'hold', 'inspect', 'acquire', 'isolate', 'label', 'cordon', 'undo'],
            ...{ approvals: 1, approvers: [APPROVERS] },
          },
        ],
      },
    });
    const { cluster, configPath } = scenario.incident;
    if (cluster.network === 'loopback only') throw new Error(cluster.networkReason);
    cluster.removeObject({ ...POLICIES, name: 'allow-web' });
    const folder = join(scenario.dataDir, 'sandbox');
    for (const [identity, user] of [
      ['read', 'planner'],
      ['act', 'runner'],
    ] as const) {
      cluster.addUser(user, []);
      writeFileSync(join(folder, `${user}.kubeconfig`), cluster.kubeconfig(user));
      const { stdout, stderr } = await runCommand(
        ['permissions', 'prod-cluster', '--identity', identity, '--verbs', 'contain,undo'],
        { FIREBREAK_CONFIG: configPath, FIREBREAK_DATA_DIR: scenario.dataDir },
      );
      if (stderr !== '') throw new Error(stderr);
      await apply(cluster, folder, stdout.replaceAll(`"${PLACEHOLDER}"`, user).replaceAll(PLACEHOLDER, user));
    }
    await scenario.start();
    const card = await scenario.ask('contain pod/x');
    expect(wordsOf(scenario.messages(card.run, 'card')[0]?.blocks)).not.toContain('LEFT OUT');
    await scenario.approve(card);
    expect(await scenario.reached(card.run, 'succeeded', 'incomplete', 'failed')).toBe('succeeded');
    const end = textOf(await scenario.shown(card.run, 'end'));
    expect(end).toContain('CONTAINED: pod/x in payments.');
    expect(end).not.toContain('NOT DONE');
    await scenario.does(`undo ${card.run}`);
    const refused = (who: string) =>
      cluster.requests
        .filter(({ user, status, resource }) => user === who && status === 403 && resource !== '')
        .map(({ verb, resource, namespace }) => `${verb} ${resource} in ${namespace || 'every namespace'}`);
    expect(refused('runner')).toEqual([]);
    // What its card says of the whole cluster, it looks for as far as it may.
    expect(
      refused('planner').filter((one) => !one.startsWith('list ') || one.endsWith(' in payments')),
    ).toEqual([]);
    expect(await scenario.violations()).toEqual([]);
  },
  180_000,
);
