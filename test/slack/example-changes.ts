import type { FieldChange, Write } from '../../src/core/change.ts';
import type { Plan } from '../../src/core/plan.ts';
import { lookCommand, reverseCommand } from '../../src/core/reverse-command.ts';
import type { ObjectTarget } from '../../src/core/target.ts';
import type { ReportedChange, Run } from '../../src/flow/ledger.ts';
import { examplePlan, exampleRun, exampleTarget } from './example-run.ts';

export const exampleNode: ObjectTarget = {
  kind: 'node',
  namespace: '',
  name: 'ip-10-0-3-7.eu-west-1.compute.internal',
  uid: '8c1e7d52-0b1f-4e0a-9f3e-2d8a5c1b7e90',
  status: 'Ready, schedulable, 14 pods',
};

const { namespace, name, uid } = exampleTarget;
const pod = { kind: 'pod', namespace, name, uid } as const;
const node = { kind: 'node', namespace: '', name: exampleNode.name, uid: exampleNode.uid } as const;

const set = (path: readonly string[], after: FieldChange['after'], before: FieldChange['after'] = null) => ({
  path,
  before,
  after,
});
const marks = (
  before: readonly [string | null, string | null],
  after: readonly [string | null, string | null],
) => [
  set(['metadata', 'annotations', 'firebreak.dev/run'], after[1], before[1]),
  set(['metadata', 'labels', 'firebreak.dev/case'], after[0], before[0]),
];
const NONE = [null, null] as const;
const OURS = ['FB-2026-0007', 'FB-2026-0007-1'] as const;

export const labelWrite: Write = {
  object: pod,
  fields: [set(['metadata', 'labels', 'quarantine'], 'true'), ...marks(NONE, OURS)],
};

export const cordonWrite: Write = {
  object: node,
  fields: [
    set(['spec', 'unschedulable'], true),
    set(['metadata', 'annotations', 'cluster-autoscaler.kubernetes.io/scale-down-disabled'], 'true'),
    ...marks(NONE, OURS),
  ],
};

const undoWrite: Write = {
  object: node,
  fields: [set(['spec', 'unschedulable'], null, true), ...marks(OURS, NONE)],
};

const changing = {
  ...examplePlan,
  effect: 'change',
  evidence: '',
  methods: [{ what: 'patch the object, bound to its UID and resourceVersion', creates: '' }],
  leaves: ['The change stays until somebody undoes it.'],
  risks: [],
  notes: [],
} as const satisfies Plan;

export const labelPlan: Plan = { ...changing, verb: 'label', writes: [labelWrite] };

export const cordonPlan: Plan = {
  ...changing,
  verb: 'cordon',
  targets: [exampleNode],
  writes: [cordonWrite],
  risks: ['An autoscaler takes a cordoned node first; Karpenter has no hold that this version sets.'],
};

export const undoPlan: Plan = {
  ...changing,
  verb: 'undo',
  arguments: { run: 'FB-2026-0007-1' },
  targets: [exampleNode],
  writes: [undoWrite],
  risks: [
    'annotation cluster-autoscaler.kubernetes.io/scale-down-disabled is `false`, Firebreak left it `true`: somebody changed it, so it stays as it is.',
  ],
  notes: ['It undoes FB-2026-0007-1 (cordon).'],
};

/** What became of a write, as the flow reports it. */
export const reported = (write: Write, outcome: ReportedChange['outcome']): ReportedChange => ({
  ...write,
  outcome,
  command: outcome === 'applied' ? reverseCommand(write) : lookCommand(write.object),
});

/** A run of that plan at its end, with what became of its writes. */
export const endedRun = (plan: Plan, outcome: ReportedChange['outcome'], change: Partial<Run> = {}): Run =>
  exampleRun({
    plan,
    state: outcome === 'applied' ? 'succeeded' : 'failed',
    fence: 1,
    decisions: [{ person: { team: 'T1', user: 'U0APPROVER1' }, verdict: 'approve', at: new Date() }],
    result: {
      summary: outcome === 'applied' ? 'Everything that was approved stands.' : '',
      findings: [],
      changes: plan.writes.map((write) => reported(write, outcome)),
      ...(outcome === 'unknown'
        ? { failure: 'Whether it was changed is not known. Look at it.' }
        : outcome === 'not applied'
          ? { failure: 'It was changed by somebody else meanwhile.' }
          : {}),
    },
    ...change,
  });
