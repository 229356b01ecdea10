import { describe, expect, it } from 'vitest';
import type { Write } from '../../src/core/change.ts';
import { reverseCommand } from '../../src/core/reverse-command.ts';
import type { Notice, Run } from '../../src/flow/ledger.ts';
import { renderNotice } from '../../src/slack/render-notice.ts';
import {
  cordonPlan,
  cordonWrite,
  endedRun,
  exampleNode,
  labelPlan,
  labelWrite,
  reported,
  undoPlan,
} from './example-changes.ts';
import { exampleEvidence, examplePlan, exampleRun } from './example-run.ts';
import { blocksOf, NOW, shown, under } from './shown-lines.ts';

const buttons = (run: Run): readonly string[] =>
  blocksOf(run).flatMap((block) =>
    block.type === 'actions'
      ? block.elements.map((element) => ('action_id' in element ? (element.action_id ?? '') : ''))
      : [],
  );
const confirmOf = (run: Run): string => JSON.stringify(blocksOf(run).find(({ type }) => type === 'actions'));

describe('what a run is about', () => {
  it('is named with its namespace, and a node without one, wherever it is named', () => {
    const runs = [
      [exampleRun({ plan: labelPlan }), 'label pod/checkout-6d4f9c7b8-x2x7p in shop on prod-cluster'],
      [exampleRun({ plan: cordonPlan }), `cordon node/${exampleNode.name} on prod-cluster`],
      [exampleRun({ plan: undoPlan }), `undo FB-2026-0007-1, node/${exampleNode.name} on prod-cluster`],
    ] as const;
    for (const [run, title] of runs)
      for (const notice of ['card', 'reminder-1', 'decision', 'taken-over', 'end', 'artifacts'] as const)
        expect(shown(run, notice).join('\n')).toContain(title);
  });

  it('keeps the cluster in the header when the names are long', () => {
    const [target] = labelPlan.targets;
    if (target === undefined) throw new Error('the example has no target');
    const long = { ...target, name: 'n'.repeat(63), namespace: 's'.repeat(63) };
    const lines = shown(exampleRun({ plan: { ...labelPlan, targets: [long] } }));
    expect(lines[0]).toBe(`Approve? label pod/${long.name} on prod-cluster`);
    expect(lines).toContain(`pod/${long.name} in ${long.namespace} (Running)`);
  });

  it('is shown as a node with its UID and status', () => {
    const lines = shown(exampleRun({ plan: cordonPlan }));
    expect(lines).toContain(`node/${exampleNode.name} (Ready, schedulable, 14 pods)`);
    expect(lines).toContain(`UID ${exampleNode.uid}`);
    expect(shown(endedRun(cordonPlan, 'applied'))).toContain(
      `node/${exampleNode.name}, UID ${exampleNode.uid}`,
    );
  });
});

describe('the card of a planned change', () => {
  it('says each field with what stands there and what will, and the marks at the end', () => {
    const lines = shown(exampleRun({ plan: cordonPlan }));
    expect(under(lines, 'Will change', 4)).toEqual([
      'spec.unschedulable: absent ▶ true',
      'annotation cluster-autoscaler.kubernetes.io/scale-down-disabled: absent ▶ true',
      'marked with case FB-2026-0007 and run FB-2026-0007-1',
      'Will run',
    ]);
    expect(lines.indexOf('Risks')).toBeLessThan(lines.indexOf('Will change'));
  });

  it('says which marks an undo takes off', () => {
    expect(under(shown(exampleRun({ plan: undoPlan })), 'Will change', 2)).toEqual([
      'spec.unschedulable: true ▶ absent',
      'no longer marked with case FB-2026-0007 and run FB-2026-0007-1',
    ]);
  });

  it('says nothing of changes when there are none', () => {
    expect(shown(exampleRun())).not.toContain('Will change');
  });

  it('names the object on each line when there are several', () => {
    const plan = { ...cordonPlan, writes: [labelWrite, cordonWrite] };
    expect(under(shown(exampleRun({ plan })), 'Will change', 2)).toEqual([
      'pod/checkout-6d4f9c7b8-x2x7p in shop: label quarantine: absent ▶ true',
      `node/${exampleNode.name}: spec.unschedulable: absent ▶ true`,
    ]);
  });

  it('cleans and cuts what comes from outside, and tells the word absent from nothing', () => {
    const field = (before: string | null, after: string): Write => ({
      ...labelWrite,
      fields: [{ path: ['metadata', 'annotations', 'note'], before, after }],
    });
    const nasty = '<!channel> \u202ehttp://evil.example\n';
    const plan = { ...labelPlan, writes: [field(nasty, 'x'.repeat(5_000))] };
    const [line] = under(shown(exampleRun({ plan })), 'Will change', 1);
    expect(line).toContain('annotation note: <!channel> \ufffdhxxp://evil.example ▶ xxx');
    expect(line?.length).toBeLessThan(400);
    const word = JSON.stringify(
      blocksOf(exampleRun({ plan: { ...labelPlan, writes: [field('absent', '')] } })),
    );
    expect(word).toContain('{"type":"text","text":"absent","style":{"code":true}}');
    expect(word).toContain('{"type":"text","text":"empty"}');
    expect(word).not.toContain('mrkdwn');
  });

  it('says no bytes and no rate while the cluster is changed', () => {
    const startedAt = new Date(NOW.getTime() - 5_000);
    const progress = { phase: 'change', bytes: 0 };
    const run = exampleRun({ plan: labelPlan, state: 'running', fence: 1, startedAt, progress });
    expect(shown(run)).toContain('Changing the cluster, 5 s elapsed');
    expect(shown(run).join('\n')).not.toMatch(/\d B\b|\/s/u);
  });

  it('says of a takeover that nothing is changed twice', () => {
    const run = exampleRun({ plan: labelPlan, state: 'running', fence: 2 });
    expect(shown(run).join('\n')).not.toContain('capture');
    expect(shown(run, 'taken-over').join('\n')).toContain('changes only the rest');
    expect(shown(exampleRun({ state: 'running', fence: 2 }), 'taken-over').join('\n')).toContain(
      'from the beginning',
    );
  });

  it.each([
    [
      'a change',
      labelPlan,
      'It stops now. What was already changed stays changed; Undo on this card puts it back.',
    ],
    ['an undo', undoPlan, 'It stops now. What was already put back stays so.'],
    ['a capture', examplePlan, 'It stops now. What was captured so far stays, marked INCOMPLETE.'],
    ['a read', { ...examplePlan, evidence: '' }, 'It stops now.'],
  ])('asks before it cancels %s with what stays', (_what, plan, text) => {
    expect(confirmOf(exampleRun({ plan, state: 'running' }))).toContain(`"text":"${text}"`);
  });
});

describe('the end of a change', () => {
  it('says below the verdict what was changed', () => {
    const lines = shown(endedRun(cordonPlan, 'applied'));
    expect(lines[0]).toBe(`Done cordon node/${exampleNode.name} on prod-cluster`);
    expect(under(lines, 'Changed', 3)).toEqual([
      'spec.unschedulable: absent ▶ true',
      'annotation cluster-autoscaler.kubernetes.io/scale-down-disabled: absent ▶ true',
      'marked with case FB-2026-0007 and run FB-2026-0007-1',
    ]);
  });

  it('does not call it a failure alone when nobody knows what it did', () => {
    const run = endedRun(cordonPlan, 'unknown');
    expect(shown(run)[0]).toBe(`FAILED (outcome unknown) cordon node/${exampleNode.name} on prod-cluster`);
    expect(renderNotice('card', run, NOW).text).toMatch(/^FAILED \(outcome unknown\) /u);
    expect(shown(run)).toContain('NOT KNOWN whether this was changed');
    expect(shown({ ...run, state: 'cancelled' })[0]).toContain('Cancelled (outcome unknown) cordon');
    expect(shown({ ...run, state: 'cancelled' })).toContain('NOT KNOWN whether this was changed');
  });

  it.each(['failed', 'cancelled'] as const)('says that nothing was changed when it %s before', (state) => {
    const run = endedRun(cordonPlan, 'not applied', { state });
    expect(shown(run)).toContain('Nothing was changed.');
    const { changes: _none, ...result } = run.result ?? { summary: '', findings: [] };
    expect(shown({ ...run, result })).toContain('Nothing was changed.');
    expect(shown(exampleRun({ state })).join('\n')).not.toContain('Nothing was changed.');
  });

  it('tells what was changed from what was not, and what is not known comes first', () => {
    const other = { ...cordonWrite, object: { ...cordonWrite.object, name: 'n2', uid: 'u2' } };
    const plan = { ...cordonPlan, writes: [labelWrite, cordonWrite, other] };
    const changes = [reported(labelWrite, 'applied'), reported(cordonWrite, 'unknown')];
    const run = endedRun(plan, 'unknown', { result: { summary: '', findings: [], changes } });
    const lines = shown(run);
    const at = ['NOT KNOWN whether this was changed', 'Changed', 'Not changed'].map((title) =>
      lines.indexOf(title),
    );
    expect(at.every((index) => index > 0)).toBe(true);
    expect(at).toEqual([...at].sort((a, b) => a - b));
    expect(under(lines, 'Not changed', 3)).toEqual([
      'node/n2: spec.unschedulable: absent ▶ true',
      'node/n2: annotation cluster-autoscaler.kubernetes.io/scale-down-disabled: absent ▶ true',
      '@ asks, FB-2026-0007-1',
    ]);
  });

  it('says by which run it was undone, first', () => {
    const run = endedRun(cordonPlan, 'applied', { undoneBy: 'FB-2026-0007-9' });
    expect(shown(run)[1]).toBe('Undone by FB-2026-0007-9.');
    expect(renderNotice('card', run, NOW).text).toContain('Undone by FB-2026-0007-9. ');
    expect(shown({ ...run, state: 'cancelled' })[1]).toBe('Undone by FB-2026-0007-9.');
  });

  it('is told to who asked with the way back', () => {
    expect(shown(endedRun(labelPlan, 'applied'), 'end')).toEqual([
      '@ Done label pod/checkout-6d4f9c7b8-x2x7p in shop on prod-cluster (FB-2026-0007-1)',
      'Everything that was approved stands.',
      'Changed',
      '• label quarantine: absent ▶ true',
      '• marked with case FB-2026-0007 and run FB-2026-0007-1',
      'Undo is on the card; the kubectl command that does it by hand is in its thread.',
    ]);
    expect(shown(endedRun(labelPlan, 'unknown'), 'end').at(-1)).toContain('Look first');
    expect(shown(endedRun(undoPlan, 'applied'), 'end').join('\n')).not.toContain('Undo is on');
  });
});

describe('the thread of a change', () => {
  const preformatted = (run: Run): readonly unknown[] =>
    blocksOf(run, 'artifacts').flatMap((block) =>
      block.type === 'rich_text'
        ? block.elements.flatMap((part) => (part.type === 'rich_text_preformatted' ? part.elements : []))
        : [],
    );

  it('holds the command that puts it back, whole, as a block to be copied', () => {
    const before = `it's "http://203.0.113.9" — 2001:db8::1 *b* ${'x'.repeat(1_000)}`;
    const write: Write = {
      ...cordonWrite,
      fields: [{ path: ['metadata', 'annotations', 'note'], before, after: null }],
    };
    const run = endedRun({ ...cordonPlan, writes: [write] }, 'applied');
    expect(preformatted(run)).toEqual([{ type: 'text', text: reverseCommand(write) }]);
    expect(shown(run, 'artifacts')[1]).toMatch(/^To put it back without Firebreak/u);
  });

  it('says where a command is that does not fit', () => {
    const write: Write = {
      ...cordonWrite,
      fields: [{ path: ['metadata', 'annotations', 'note'], before: 'x'.repeat(20_000), after: null }],
    };
    const run = endedRun({ ...cordonPlan, writes: [write] }, 'applied');
    expect(preformatted(run)).toEqual([]);
    expect(shown(run, 'artifacts').at(-1)).toBe(
      '… 1 command is too long for this message; see /k8s status FB-2026-0007-1.',
    );
  });

  it('holds the command that looks when nobody knows the outcome', () => {
    const lines = shown(endedRun(cordonPlan, 'unknown'), 'artifacts');
    expect(under(lines, 'To look:', 1)).toEqual([`kubectl get nodes/${exampleNode.name} -o yaml`]);
    expect(lines.join('\n')).not.toContain('To put it back');
  });

  it('says of an undo that its command does it again', () => {
    expect(shown(endedRun(undoPlan, 'applied'), 'artifacts')[1]).toMatch(/^To do it again without/u);
  });

  it('stays within one message with as many commands as fit beside everything else', () => {
    const line = 'f'.repeat(300);
    const writes = Array.from({ length: 40 }, (_, index) => ({
      ...labelWrite,
      object: { ...labelWrite.object, uid: `${index}` },
    }));
    const [artifact] = exampleEvidence.artifacts;
    const result = {
      summary: '',
      findings: Array.from({ length: 60 }, () => ({
        title: line,
        lines: Array.from({ length: 60 }, () => line),
      })),
      changes: writes.map((write) => reported(write, 'applied')),
    };
    const evidence = {
      ...exampleEvidence,
      artifacts: Array.from({ length: 90 }, () => ({ ...artifact, notes: [line] })),
    };
    const plan = { ...labelPlan, writes };
    for (const both of [result, { ...result, evidence }])
      for (const notice of ['card', 'end', 'artifacts'] as const) {
        const run = exampleRun({ plan, state: 'succeeded', result: both });
        const texts = JSON.stringify(blocksOf(run, notice)).match(/"text":"(?:[^"\\]|\\.)*"/gu) ?? [];
        expect(texts.reduce((sum, text) => sum + text.length - 9, 0)).toBeLessThan(13_000);
        if (notice === 'artifacts') expect(preformatted(run).length).toBeGreaterThan(10);
      }
  });
});

describe('the buttons of a run that has ended', () => {
  const s3 = { ...exampleEvidence, reference: 's3://evidence/firebreak/FB-2026-0007/FB-2026-0007-1' };
  const captured = (evidence: typeof s3 | typeof exampleEvidence, state: Run['state'] = 'succeeded'): Run =>
    exampleRun({ state, result: { summary: '', findings: [], evidence } });

  it.each<[string, Run, readonly string[]]>([
    ['a change that stands', endedRun(labelPlan, 'applied'), ['firebreak.undo']],
    ['one that is not known', endedRun(labelPlan, 'unknown'), ['firebreak.undo']],
    [
      'one that was made before the cancel',
      endedRun(labelPlan, 'applied', { state: 'cancelled' }),
      ['firebreak.undo'],
    ],
    ['one that was never made', endedRun(labelPlan, 'not applied'), []],
    ['one that was undone', endedRun(labelPlan, 'applied', { undoneBy: 'FB-2026-0007-9' }), []],
    ['an undo', endedRun(undoPlan, 'applied'), []],
    ['one that can not be undone', endedRun({ ...labelPlan, effect: 'irreversible' }, 'applied'), []],
    ['evidence in S3', captured(s3), ['firebreak.get-link']],
    ['what was sealed of it', captured(s3, 'cancelled'), ['firebreak.get-link']],
    ['evidence in a directory', captured(exampleEvidence), []],
    [
      'a change with evidence in S3',
      endedRun(labelPlan, 'applied', {
        result: { summary: '', findings: [], evidence: s3, changes: [reported(labelWrite, 'applied')] },
      }),
      ['firebreak.undo', 'firebreak.get-link'],
    ],
  ])('of %s are these', (_what, run, expected) => expect(buttons(run)).toEqual(expected));

  it('are none of these while it runs', () => {
    expect(buttons({ ...endedRun(labelPlan, 'applied'), state: 'running' })).toEqual(['firebreak.cancel']);
  });

  it('ask before they ask to undo', () => {
    expect(confirmOf(endedRun(labelPlan, 'applied'))).toContain(
      'Like any command, that run needs the approvals',
    );
  });
});

describe('evidence in S3', () => {
  const verify = (reference: string, notice: Notice, url?: string): string => {
    const endpoint = url === undefined ? {} : { endpoint: { url, region: 'eu-west-1' } };
    const evidence = { ...exampleEvidence, reference, ...endpoint };
    const run = exampleRun({ state: 'succeeded', result: { summary: '', findings: [], evidence } });
    return shown(run, notice).find((line) => line.startsWith('Verify:')) ?? '';
  };

  it.each(['end', 'artifacts'] as const)(
    'is verified by a command that holds no other run (%s)',
    (notice) => {
      expect(verify('s3://evidence/firebreak/FB-2026-0007/FB-2026-0007-1', notice)).toBe(
        'Verify: in an empty folder, aws s3 cp --recursive s3://evidence/firebreak/FB-2026-0007/FB-2026-0007-1/ . && sha256sum -c SHA256SUMS',
      );
    },
  );

  it.each([
    ['https://minio.example.com:9000', 'https://minio.example.com:9000'],
    ['https://[2001:db8::1]/s3;id', "'https://[2001:db8::1]/s3;id'"],
    ["https://it's.example", "'https://it'\\''s.example'"],
  ])('is fetched from the store that it lies in, which is not AWS: %s', (url, word) => {
    expect(verify('s3://evidence/FB-2026-0007/FB-2026-0007-1/', 'end', url)).toBe(
      `Verify: in an empty folder, aws s3 cp --recursive s3://evidence/FB-2026-0007/FB-2026-0007-1/ . --endpoint-url ${word} --region eu-west-1 && sha256sum -c SHA256SUMS`,
    );
  });

  it('is not pasted into a shell that would read more than a name', () => {
    expect(verify('s3://evidence/a b;c/FB-2026-0007-1', 'end')).toBe(
      'Verify: copy all of it with aws s3 cp --recursive, then sha256sum -c SHA256SUMS',
    );
  });
});
