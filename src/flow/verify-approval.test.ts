import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Digest } from '../core/digest.ts';
import type { Plan } from '../core/plan.ts';
import type { Verb } from '../core/verb.ts';
import type { Decision, Run } from './ledger.ts';
import { verifyApproval } from './verify-approval.ts';

/** Stands for RFC 8785, which these plans need nothing of but that equal plans give equal texts. */
const digest: Digest = {
  canonical: (value) => JSON.stringify(value),
  sha256: (text) => createHash('sha256').update(text).digest('hex'),
};

const verb: Verb = {
  ...{ name: 'acquire', summary: '', effect: 'collect', kinds: ['pod'], container: 'one' },
  ...{
    leavesEvidence: 'bundle',
    flags: {},
    onTarget: [],
    permissions: [],
    alsoReads: [],
    examples: [],
    limits: [],
  },
  plan: () => Promise.reject(new Error('not planned here')),
  execute: () => Promise.reject(new Error('not executed here')),
};

const requester = { team: 'T1', user: 'U1' };
const plan = (policy: Partial<Plan['policy']> = {}): Plan => ({
  ...{ format: 'firebreak.plan/1', verb: 'acquire', effect: 'collect', arguments: {} },
  cluster: { name: 'prod', provider: 'kubeconfig', server: 'https://c' },
  ...{ targets: [], methods: [], writes: [], leaves: [], risks: [], notes: [], evidence: '/e' },
  ...{ requester, channel: 'C1' },
  policy: {
    ...{ digest: 'policy-1', approvals: 2, approvers: ['S1'], selfApproval: false, expiresMs: 1 },
    ...policy,
  },
});
const given = (user: string, verdict: Decision['verdict'] = 'approve'): Decision => ({
  ...{ person: { team: 'T1', user }, verdict, at: new Date(0) },
});
const run = (planned: Plan, decisions: readonly Decision[], change: Partial<Run> = {}): Run => {
  const planText = digest.canonical(planned);
  return {
    ...{ id: 'FB-2026-0001-1', case: 'FB-2026-0001', state: 'running', plan: planned, planText },
    ...{ planDigest: digest.sha256(planText), requester, reason: '', decisions, command: '' },
    ...{ requestedAt: new Date(0), expiresAt: new Date(0), fence: 1 },
    ...change,
  };
};
const verify = (of: Run): Verb =>
  verifyApproval({ verbs: [verb], digest, policyDigest: 'policy-1', store: { location: '/e' } }, of);

const two = [given('U2'), given('U3')];

describe('the last gate before the cluster', () => {
  test('lets through what was approved by as many people as the plan asks for', () => {
    expect(verify(run(plan(), two))).toBe(verb);
  });

  test.each([
    {
      what: 'a plan whose text was changed',
      of: run(plan(), two, { planText: digest.canonical(plan({ approvals: 1 })) }),
      says: 'is not the one that was approved',
    },
    {
      what: 'a plan that differs from its text',
      of: run(plan(), two, { plan: { ...plan(), evidence: '/elsewhere' } }),
      says: 'is not the one that was approved',
    },
    {
      what: 'a plan with another digest',
      of: run(plan(), two, { planDigest: '0'.repeat(64) }),
      says: 'is not the one that was approved',
    },
    {
      what: 'another policy than the present one',
      of: run(plan({ digest: 'policy-0' }), two),
      says: 'The configuration changed',
    },
    {
      what: 'another place for the evidence than the configured one',
      of: run({ ...plan(), evidence: '/elsewhere' }, two),
      says: 'evidence',
    },
    { what: 'too few approvals', of: run(plan(), [given('U2')]), says: 'has 1 of the 2 approvals' },
    {
      what: 'one person who approved twice',
      of: run(plan(), [given('U2'), given('U2')]),
      says: 'has 1 of the 2 approvals',
    },
    {
      what: 'an approval by who asked',
      of: run(plan(), [given('U1'), given('U2')]),
      says: 'has 1 of the 2 approvals',
    },
    {
      what: 'a denial in place of an approval',
      of: run(plan(), [given('U2'), given('U3', 'deny')]),
      says: 'has 1 of the 2 approvals',
    },
    {
      what: 'a verb that is not there',
      of: run({ ...plan(), verb: 'isolate' }, two),
      says: 'no verb isolate',
    },
  ])('refuses $what', ({ of, says }) => {
    expect(() => verify(of)).toThrow(expect.objectContaining({ code: 'policy-refused' }));
    expect(() => verify(of)).toThrow(says);
  });

  test('counts who asked where the rule lets them approve their own', () => {
    expect(verify(run(plan({ selfApproval: true }), [given('U1'), given('U2')]))).toBe(verb);
  });

  test('asks for nobody where the rule asks for nobody', () => {
    expect(verify(run(plan({ approvals: 0 }), []))).toBe(verb);
  });
});
