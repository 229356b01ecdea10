import { describe, expect, it } from 'vitest';
import { checkBlocks } from '../../sandbox/slack/block-kit.ts';
import type { Write } from '../../src/core/change.ts';
import { madeUid } from '../../src/core/change.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { LastProof, Run } from '../../src/flow/ledger.ts';
import { status } from '../../src/flow/status.ts';
import { replyMessage } from '../../src/slack/reply-message.ts';
import { undoable } from '../../src/slack/run-changes.ts';
import { endedRun, labelPlan, labelWrite, reported } from './example-changes.ts';
import { exampleRun } from './example-run.ts';
import { blocksOf, linesOf, NOW, shown, under } from './shown-lines.ts';

const body = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'firebreak-fb-2026-0007-1', namespace: 'shop' },
  spec: { podSelector: { matchLabels: { 'firebreak.dev/isolated-by': 'FB-2026-0007-1' } }, ingress: [] },
};
const named = (kind: 'networkpolicy' | 'job', namespace: string, name: string) => ({
  ...{ kind, namespace, name },
  uid: madeUid({ kind, namespace, name }),
});
const policy = named('networkpolicy', 'shop', body.metadata.name);
const probe = named('job', 'firebreak-footholds', 'firebreak-fb-2026-0007-1-probe');
const whole = (
  object: Write['object'],
  before: string | null,
  after: string | null,
  step: string,
): Write => ({
  ...{ object, step },
  fields: [{ path: ['(object)'], before, after }],
});
const make = whole(policy, null, JSON.stringify(body), 'deny');
const probeText = JSON.stringify({ kind: 'Job', note: 'line\u2028break <!channel>' });
const makeProbe = whole(probe, null, probeText, 'probe');
const takeProbe = whole(probe, probeText, null, 'end');
const add: Write = {
  ...{ object: labelWrite.object, step: 'foothold' },
  fields: [
    {
      path: ['spec', 'ephemeralContainers', 'firebreak-fb-2026-0007-1'],
      before: null,
      after: JSON.stringify({ name: 'firebreak-fb-2026-0007-1', image: 'tool@sha256:0' }),
    },
  ],
};
const writes = [add, makeProbe, make, { ...labelWrite, step: 'label' }, takeProbe];
const plan: Plan = { ...labelPlan, writes };
const undo: Plan = { ...labelPlan, verb: 'undo', writes: [whole(policy, JSON.stringify(body), null, 'x')] };
const POD = 'pod/checkout-6d4f9c7b8-x2x7p in shop';

describe('the card of a run that makes objects', () => {
  it('names each, and where they can be read whole, instead of their text', () => {
    const lines = shown(exampleRun({ plan }));
    expect(under(lines, 'Will change', 7)).toEqual([
      `Adds the ephemeral container firebreak-fb-2026-0007-1 to ${POD}`,
      'Creates job/firebreak-fb-2026-0007-1-probe in firebreak-footholds',
      'Creates networkpolicy/firebreak-fb-2026-0007-1 in shop',
      `${POD}: label quarantine: absent ▶ true`,
      'Takes away job/firebreak-fb-2026-0007-1-probe in firebreak-footholds',
      `${POD}: marked with case FB-2026-0007 and run FB-2026-0007-1`,
      'Each object whole: /k8s status FB-2026-0007-1',
    ]);
    expect(lines.join('\n')).not.toContain('podSelector');
    expect(shown(exampleRun({ plan: labelPlan })).join('\n')).not.toContain('Each object whole');
  });

  it('says of an undo what it takes away', () => {
    const lines = shown(exampleRun({ plan: undo }));
    expect(under(lines, 'Will change', 1)).toEqual([
      'Takes away networkpolicy/firebreak-fb-2026-0007-1 in shop',
    ]);
    expect(lines.join('\n')).not.toContain('Each object whole');
  });

  it('cleans and cuts the names', () => {
    const object = { ...policy, name: `\u202e${'n'.repeat(400)}` };
    const [line] = under(
      shown(exampleRun({ plan: { ...plan, writes: [{ ...make, object }] } })),
      'Will change',
      1,
    );
    expect(line?.startsWith('Creates networkpolicy/\ufffdnnn')).toBe(true);
    expect(line?.length).toBeLessThan(200);
  });
});

describe('the end of a run that made objects', () => {
  it('says in the past what was done, and what passed with the run in one line', () => {
    expect(under(shown(endedRun(plan, 'applied')), 'Changed', 5)).toEqual([
      `Added the ephemeral container firebreak-fb-2026-0007-1 to ${POD}`,
      'Created networkpolicy/firebreak-fb-2026-0007-1 in shop',
      `${POD}: label quarantine: absent ▶ true`,
      `${POD}: marked with case FB-2026-0007 and run FB-2026-0007-1`,
      'Created and took away again job/firebreak-fb-2026-0007-1-probe in firebreak-footholds',
    ]);
    expect(shown(endedRun(plan, 'applied'), 'end')).toContain(
      '• Created networkpolicy/firebreak-fb-2026-0007-1 in shop',
    );
  });

  it('lists what was made before it failed, and a later write of the same object that was not', () => {
    const again: Write = {
      ...labelWrite,
      step: 'detach',
      fields: [{ path: ['metadata', 'labels', 'app'], before: 'x', after: null }],
    };
    const failing = { ...plan, writes: [make, { ...labelWrite, step: 'label' }, again] };
    const changes = [reported(make, 'applied'), reported(labelWrite, 'applied')];
    const run = endedRun(failing, 'not applied', {
      result: { summary: '', findings: [], changes, failure: 'It was refused.' },
    });
    const lines = shown(run);
    expect(under(lines, 'Changed', 2)).toEqual([
      'Created networkpolicy/firebreak-fb-2026-0007-1 in shop',
      `${POD}: label quarantine: absent ▶ true`,
    ]);
    expect(under(lines, 'Not changed', 1)).toEqual([`${POD}: label app: x ▶ absent`]);
    expect(undoable(run)).toBe(true);
    expect(shown(run, 'end').slice(-2)).toEqual([
      'What it did until then stays in force, until somebody types /k8s undo FB-2026-0007-1.',
      'Undo is on the card; the kubectl command that does it by hand is in its thread.',
    ]);
    expect(shown({ ...run, state: 'succeeded' }, 'end').join()).not.toContain('until then');
  });

  it('has the commands that put it back in their order, and none for what passed', () => {
    const commands = blocksOf(endedRun(plan, 'applied'), 'artifacts').flatMap((block) =>
      block.type === 'rich_text'
        ? block.elements.flatMap((part) => (part.type === 'rich_text_preformatted' ? linesOf(part) : []))
        : [],
    );
    expect(commands.map((command) => command.split(' ').slice(0, 3).join(' '))).toEqual([
      'kubectl patch pods/checkout-6d4f9c7b8-x2x7p',
      'kubectl delete networkpolicies.networking.k8s.io/firebreak-fb-2026-0007-1',
      'kubectl get pods/checkout-6d4f9c7b8-x2x7p',
    ]);
  });

  it('offers no undo where nothing is left to put back', () => {
    const passing = (...some: readonly Write[]): Run => endedRun({ ...plan, writes: some }, 'applied');
    expect(undoable(passing(add))).toBe(false);
    expect(undoable(passing(makeProbe, takeProbe))).toBe(false);
    expect(undoable(passing(makeProbe))).toBe(true);
  });
});

describe('the status of a run that waits for its approval', () => {
  const told = async (run: Run) => {
    const ledger = {
      ...{ run: async () => run, recentRuns: async () => [run] },
      ...{ lastProofs: async () => new Map<string, LastProof>(), now: async () => NOW },
    };
    const message = replyMessage(await status({ ledger }, run.plan.channel, run.id));
    if (message === undefined) throw new Error('nobody is told');
    checkBlocks(JSON.parse(JSON.stringify(message.blocks)), 'message');
    return message.blocks;
  };
  const wholes = (blocks: Awaited<ReturnType<typeof told>>): readonly string[] =>
    blocks.flatMap((block) =>
      block.type === 'rich_text'
        ? block.elements.flatMap((part) =>
            part.type === 'rich_text_preformatted' ? [linesOf(part).join('\n')] : [],
          )
        : [],
    );

  it('shows each object whole, line for line, and nothing that can not be seen', async () => {
    const blocks = await told(exampleRun({ plan }));
    expect(wholes(blocks)).toHaveLength(3);
    expect(wholes(blocks)).toContain(JSON.stringify(body, null, 2));
    expect(linesOf(blocks)).toContain('Creates networkpolicy/firebreak-fb-2026-0007-1 in shop:');
    expect(wholes(blocks).join('\n')).toContain('line\\u2028break <!channel>');
  });

  it('shows long ones in one line each, and says which have no room', async () => {
    const big = (name: string, letters: number): Write =>
      whole(
        named('networkpolicy', 'shop', name),
        null,
        JSON.stringify({ ...body, note: 'x'.repeat(letters) }),
        's',
      );
    const blocks = await told(exampleRun({ plan: { ...plan, writes: [big('a', 4_000), big('b', 3_900)] } }));
    expect(wholes(blocks)).toHaveLength(2);
    expect(wholes(blocks)[0]).not.toContain('\n');
    const over = await told(exampleRun({ plan: { ...plan, writes: [big('a', 4_000), big('b', 9_000)] } }));
    expect(wholes(over)).toHaveLength(1);
    expect(linesOf(over).at(-1)).toContain('1 of 2 objects do not fit');
  });

  it('shows them no more once the cluster has them', async () => {
    const blocks = await told(endedRun(plan, 'applied'));
    expect(wholes(blocks).join('\n')).not.toContain('"podSelector"');
    expect(wholes(blocks).join('\n')).toContain('kubectl delete');
  });
});
