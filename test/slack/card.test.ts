import { describe, expect, it } from 'vitest';
import { checkBlocks } from '../../sandbox/slack/block-kit.ts';
import type { Write } from '../../src/core/change.ts';
import { RUN_STATES } from '../../src/core/run-state.ts';
import { NOTICES, type Run } from '../../src/flow/ledger.ts';
import { renderCard } from '../../src/slack/card.ts';
import { renderNotice } from '../../src/slack/render-notice.ts';
import { exampleNode, reported } from './example-changes.ts';
import { exampleEvidence, examplePlan, exampleRun, exampleTarget } from './example-run.ts';

const NOW = new Date('2026-11-20T14:03:00Z');
const APPROVER = { team: 'T1', user: 'U0APPROVER1' };

/** Everything that a block shows, in one string. */
const shown = (run: Run): string => JSON.stringify(renderCard(run, NOW).blocks);
const actions = (run: Run): readonly string[] =>
  renderCard(run, NOW).blocks.flatMap((block) =>
    block.type === 'actions'
      ? block.elements.map((element) => ('action_id' in element ? (element.action_id ?? '') : ''))
      : [],
  );

/** As much of everything as anyone could send, with everything in it that Slack would read as markup. */
const NASTY = `<!channel> <@U0VICTIM> <http://evil.example|here> *b* \`c\` _d_ \u202e😀\n`.repeat(15);
const CHANGE_OUTCOMES = ['applied', 'unknown', 'not applied'] as const;
const NASTY_WRITES: readonly Write[] = Array.from({ length: 60 }, (_, index) => ({
  object: { kind: 'node', namespace: '', name: NASTY, uid: `${index}` },
  fields: Array.from({ length: 30 }, (_none, field) => ({
    path: ['metadata', 'annotations', `${field}${NASTY}`],
    before: `"${NASTY}"`,
    after: field % 2 === 0 ? NASTY : null,
  })),
}));
const huge = (state: Run['state']): Run =>
  exampleRun({
    state,
    fence: 3,
    reason: NASTY,
    startedAt: NOW,
    endedAt: NOW,
    progress: { phase: NASTY, bytes: 9e15 },
    decisions: Array.from({ length: 60 }, () => ({ person: APPROVER, verdict: 'approve' as const, at: NOW })),
    plan: {
      ...examplePlan,
      arguments: { run: NASTY },
      targets: Array.from({ length: 60 }, (_, index) => ({
        ...(index % 2 === 0 ? exampleTarget : { ...exampleNode, status: NASTY }),
        name: `${index}-${NASTY}`,
        containers: Array.from({ length: 30 }, () => ({
          ...exampleTarget.containers[0],
          name: NASTY,
        })).flatMap((container) => ('image' in container ? [{ ...plainContainer, ...container }] : [])),
      })),
      methods: Array.from({ length: 60 }, () => ({ what: NASTY, container: NASTY, creates: NASTY })),
      writes: NASTY_WRITES,
      leaves: Array.from({ length: 60 }, () => NASTY),
      risks: Array.from({ length: 60 }, () => NASTY),
      notes: Array.from({ length: 60 }, () => NASTY),
      evidence: NASTY,
      policy: {
        ...examplePlan.policy,
        approvers: Array.from({ length: 90 }, (_, index) => `U0APPROVER${index}`),
      },
    },
    result: {
      summary: NASTY,
      failure: NASTY,
      findings: Array.from({ length: 90 }, () => ({
        title: NASTY,
        lines: Array.from({ length: 60 }, () => NASTY),
      })),
      changes: NASTY_WRITES.map((write, index) => reported(write, CHANGE_OUTCOMES[index % 3] ?? 'unknown')),
      evidence: {
        ...exampleEvidence,
        reference: NASTY,
        artifacts: Array.from({ length: 100 }, () => ({
          name: NASTY,
          bytes: 1,
          sha256: 'a'.repeat(64),
          completeness: 'INCOMPLETE',
          notes: [NASTY, NASTY],
        })),
      },
    },
  });
const plainContainer = {
  name: '',
  id: '',
  restartCount: 0,
  state: 'unknown' as const,
  image: '',
  imageDigest: '',
};

describe('every message', () => {
  it.each(RUN_STATES.flatMap((state) => NOTICES.map((notice) => [state, notice] as const)))(
    'of a run that is %s stays within what Slack takes as %s, whatever is in it',
    (state, notice) => {
      const message = renderNotice(notice, huge(state), NOW);
      expect(() => checkBlocks(JSON.parse(JSON.stringify(message.blocks)), 'message')).not.toThrow();
      // Above about 13,000 characters of blocks Slack answers msg_blocks_too_long.
      const characters = JSON.stringify(message.blocks)
        .match(/"text":"(?:[^"\\]|\\.)*"/gu)
        ?.reduce((sum, text) => sum + text.length - 9, 0);
      expect(characters).toBeLessThan(13_000);
      expect(Buffer.byteLength(message.text)).toBeLessThan(4_000);
      expect(message.text).not.toMatch(/<!channel|<@U0VICTIM|<http/u);
      expect(message.text.length).toBeGreaterThan(10);
    },
  );

  it('is never parsed as markup: rich text and plain text only', () => {
    for (const state of RUN_STATES)
      for (const notice of NOTICES)
        expect(JSON.stringify(renderNotice(notice, huge(state), NOW).blocks)).not.toContain('mrkdwn');
  });
});

describe('the card', () => {
  it('says what an approver has to know, in the words of the plan', () => {
    const text = shown(exampleRun());
    for (const fact of [
      'Approve? acquire pod/checkout-6d4f9c7b8-x2x7p in shop on prod-cluster',
      '5f0c2c0e-9d3b-4c55-a1b0-0d4d6f1f7f10',
      '3f2a91c0b1d2',
      'ab12cd34ef56',
      '2 restarts',
      'odd egress to 203[.]0[.]113[.]9, see hxxp://evil.example/x',
      'Deployment/checkout',
      'Reading the file system costs',
      'with the collector on stdin',
      'Nothing stays in the container',
      '/var/lib/firebreak/evidence',
      '"user_id":"U0REQUESTER"',
      '"usergroup_id":"S0APPROVERS"',
      '"user_id":"U0APPROVER1"',
      '2 approvals from ',
      'd1ced1ced1ce',
    ])
      expect(text).toContain(fact);
  });

  it('mentions the approvers in the text that a notification shows', () => {
    expect(renderCard(exampleRun(), NOW).text).toContain('<!subteam^S0APPROVERS> <@U0APPROVER1>');
  });

  it('mentions ten approvers and counts the others', () => {
    const approvers = Array.from({ length: 13 }, (_, index) => `U0APPROVER${index}`);
    const policy = { ...examplePlan.policy, approvers };
    const text = shown(exampleRun({ plan: { ...examplePlan, policy } }));
    expect(text.match(/"user_id":"U0APPROVER/gu)).toHaveLength(10);
    expect(text).toContain(', or 3 more');
  });

  it('says how much it left out and where it is', () => {
    expect(shown(huge('planned'))).toMatch(/… \d+ more lines with \/k8s status FB-2026-0007-1/u);
  });

  it.each([
    ['planned', ['firebreak.approve', 'firebreak.deny']],
    ['queued', ['firebreak.cancel']],
    ['running', ['firebreak.cancel']],
    ['expired', ['firebreak.ask-again']],
    ['succeeded', []],
    ['incomplete', []],
    ['failed', []],
    ['denied', []],
    ['cancelled', []],
  ] as const)('offers what can be done while it is %s', (state, buttons) => {
    expect(actions(exampleRun({ state }))).toEqual(buttons);
  });

  it('offers no second cancel', () => {
    expect(actions(exampleRun({ state: 'running', cancelRequestedBy: APPROVER }))).toEqual([]);
  });

  it('carries ids only in its buttons', () => {
    const values = [...shown(exampleRun()).matchAll(/"value":"((?:[^"\\]|\\.)*)"/gu)].map(
      (match) => match[1],
    );
    const value = JSON.stringify({ run: 'FB-2026-0007-1', plan: exampleRun().planDigest });
    expect(values).toEqual([value, value].map((each) => JSON.stringify(each).slice(1, -1)));
  });

  it('shows phase, amount, rate and elapsed time while it runs', () => {
    const startedAt = new Date(NOW.getTime() - 75_000);
    const progress = { phase: 'files', bytes: 123_456_789 };
    const text = shown(exampleRun({ state: 'running', fence: 1, startedAt, progress }));
    expect(text).toContain('files');
    expect(text).toContain(', 118 MiB, 1.6 MiB/s, ');
    expect(text).toContain('1 min 15 s elapsed');
  });

  it('names who approved once it was decided', () => {
    const decisions = [{ person: APPROVER, verdict: 'approve' as const, at: NOW }];
    expect(shown(exampleRun({ state: 'running', decisions }))).toContain('Approved by ');
    expect(shown(exampleRun({ state: 'running', decisions }))).toContain('"fallback":"14:03 UTC"');
  });

  it('begins with the verdict', () => {
    const first = (state: Run['state']) => renderCard(exampleRun({ state }), NOW).text.split(' ')[0];
    expect(RUN_STATES.map(first)).toEqual([
      'Approve?',
      'Starting',
      'Running',
      'Done',
      'INCOMPLETE',
      'FAILED',
      'Denied',
      'Expired',
      'Cancelled',
    ]);
  });

  it('names what was stored and where, and leaves the hashes to the end', () => {
    const result = { summary: 'Captured.', findings: [], evidence: exampleEvidence };
    const text = shown(exampleRun({ state: 'succeeded', result }));
    expect(text.indexOf('files.tar')).toBeLessThan(text.indexOf('volatile.jsonl'));
    expect(text).toContain(exampleEvidence.reference);
    expect(text).not.toContain('2'.repeat(64));
  });

  it('shows what a read found in the card itself, defanged', () => {
    const findings = [{ title: 'Containers', lines: ['app running, peer 198.51.100.7, http://c2.example'] }];
    const text = shown(exampleRun({ state: 'succeeded', result: { summary: 'Two containers.', findings } }));
    expect(text).toContain('app running, peer 198[.]51[.]100[.]7, hxxp://c2.example');
  });
});

describe('the end', () => {
  it('names artifacts with size, SHA-256 and completeness, the place and the way to verify it', () => {
    const result = { summary: 'Captured.', findings: [], evidence: exampleEvidence };
    const { text } = renderNotice('end', exampleRun({ state: 'succeeded', result }), NOW);
    for (const fact of [
      '<@U0REQUESTER> COMPLETE acquire',
      'files.tar, 179 MiB, VERIFIED',
      '2'.repeat(64),
      '/var/lib/firebreak/evidence/FB-2026-0007/FB-2026-0007-1',
      'sha256sum -c SHA256SUMS',
    ])
      expect(text).toContain(fact);
  });

  it('puts what is incomplete first', () => {
    const [first] = exampleEvidence.artifacts;
    const artifacts = [first, { ...first, name: 'files.tar', completeness: 'INCOMPLETE' }];
    const evidence = { ...exampleEvidence, completeness: 'INCOMPLETE' as const, artifacts };
    const run = exampleRun({ state: 'incomplete', result: { summary: 'Cut.', findings: [], evidence } });
    const { text } = renderNotice('end', run, NOW);
    expect(text.indexOf('files.tar')).toBeLessThan(text.indexOf('volatile.jsonl'));
  });
});
