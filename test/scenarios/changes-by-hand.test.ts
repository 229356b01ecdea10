import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findHostTool } from '../../sandbox/cluster/runtime/host-tools.ts';
import { endJudged } from './end-judged.ts';
import { wordsOf } from './message-words.ts';
import { BY_HAND, type Scenario, startScenario } from './scenario.ts';

const POD = { group: '', resource: 'pods', namespace: 'payments', name: 'x' } as const;
const NODE = { group: '', resource: 'nodes', namespace: '', name: 'node-a' } as const;
const KARPENTER = 'karpenter.sh/do-not-disrupt';
const run = promisify(execFile);

let scenario: Scenario;
beforeAll(async () => {
  scenario = await startScenario({
    cluster: { containers: 'no shell' },
    slack: { rateLimits: 'off' },
  });
  await scenario.start();
}, 60_000);
afterAll(() => endJudged(scenario));

const sh = findHostTool('sh');
const kubectl = findHostTool('kubectl');
/** The command in the thread of a run’s card, as a person copies it. */
const commandOf = async (id: string): Promise<string> => {
  const details = await scenario.shown(id, 'artifacts', (text) => text.includes('kubectl patch'));
  const line = wordsOf(details.blocks)
    .split('\n')
    .find((one) => one.startsWith('kubectl patch'));
  if (line === undefined) throw new Error(`no command: ${wordsOf(details.blocks)}`);
  return line;
};

describe.skipIf(sh === undefined || kubectl === undefined)('with kubectl, where it is installed', () => {
  const inShell = async (command: string): Promise<string> => {
    const { cluster } = scenario.incident;
    const KUBECONFIG = join(scenario.dataDir, 'by-hand');
    cluster.writeKubeconfig(KUBECONFIG, BY_HAND);
    const { stdout } = await run(sh ?? 'sh', ['-c', command], {
      env: { PATH: process.env['PATH'], HOME: scenario.dataDir, KUBECONFIG },
    });
    return stdout;
  };
  const plain = (value: unknown): unknown => {
    const { metadata, spec } = Object(value);
    return { labels: metadata.labels, annotations: metadata.annotations ?? {}, spec };
  };

  test.each([
    ['a label', 'label pod/x app=other quarantine=true --overwrite', POD],
    ['a cordon', 'cordon node/node-a --overwrite', NODE],
  ] as const)('%s is put back exactly by the command in the thread', async (_what, command, key) => {
    const { cluster } = scenario.incident;
    cluster.changeObject(key, { metadata: { annotations: { [KARPENTER]: `it's "$HOME" & \`id\`` } } });
    const before = plain(cluster.object(key));
    const { run: id } = await scenario.does(command);
    expect(plain(cluster.object(key))).not.toEqual(before);
    expect(await inShell(await commandOf(id))).toContain('patched');
    expect(plain(cluster.object(key))).toEqual(before);
    expect(await scenario.told(`undo ${id}`)).toContain('already');
  });
});
