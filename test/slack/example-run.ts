import { SEED_CHANNELS, SEED_GROUPS, SEED_PEOPLE, TEAM_ID } from '../../sandbox/slack/workspace-seed.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { PodTarget } from '../../src/core/target.ts';
import type { Run } from '../../src/flow/ledger.ts';

const person = (user: string) => ({ team: TEAM_ID, user });

export const exampleTarget: PodTarget = {
  kind: 'pod',
  namespace: 'shop',
  name: 'checkout-6d4f9c7b8-x2x7p',
  uid: '5f0c2c0e-9d3b-4c55-a1b0-0d4d6f1f7f10',
  phase: 'Running',
  node: 'ip-10-0-3-7.eu-west-1.compute.internal',
  serviceAccount: 'checkout',
  owners: ['ReplicaSet/checkout-6d4f9c7b8', 'Deployment/checkout'],
  containers: [
    {
      name: 'app',
      id: 'containerd://3f2a91c0b1d2e3f4a5b6',
      restartCount: 2,
      state: 'running',
      image: 'registry.example/checkout:1.4',
      imageDigest: `registry.example/checkout@sha256:${'ab12cd34ef56'.repeat(5)}ab12`,
    },
    {
      name: 'proxy',
      id: 'containerd://99ff00aa11bb22cc',
      restartCount: 0,
      state: 'running',
      image: 'proxy:2',
      imageDigest: `sha256:${'0123456789ab'.repeat(5)}0123`,
    },
  ],
};

export const examplePlan: Plan = {
  format: 'firebreak.plan/1',
  verb: 'acquire',
  effect: 'collect',
  arguments: {},
  cluster: { name: 'prod-cluster', provider: 'eks', server: 'https://10.0.0.1' },
  targets: [exampleTarget],
  methods: [
    { what: 'exec `sh -s` with the collector on stdin', container: 'app', creates: '' },
    { what: 'read logs, current and previous, of every container', creates: '' },
    { what: 'read the pod and its events', creates: '' },
  ],
  writes: [],
  leaves: ['Nothing stays in the container; the exec is in the cluster’s audit log.'],
  risks: ['Reading the file system costs the container CPU and page cache.'],
  notes: ['The image has busybox; SHA-256 is computed at the source.'],
  evidence: '/var/lib/firebreak/evidence',
  requester: person(SEED_PEOPLE.requester.id),
  channel: SEED_CHANNELS.incident.id,
  policy: {
    digest: 'c'.repeat(64),
    approvals: 2,
    approvers: [SEED_GROUPS.approvers.id, SEED_PEOPLE.approver.id],
    selfApproval: false,
    expiresMs: 1_800_000,
  },
};

/** A planned run of the seed's requester in the seed's incident channel. */
export const exampleRun = (change: Partial<Run> = {}): Run => ({
  id: 'FB-2026-0007-1',
  case: 'FB-2026-0007',
  state: 'planned',
  plan: examplePlan,
  planText: '{}',
  planDigest: 'd1ce'.repeat(16),
  requester: person(SEED_PEOPLE.requester.id),
  reason: 'odd egress to 203.0.113.9, see http://evil.example/x',
  decisions: [],
  requestedAt: new Date(),
  expiresAt: new Date(Date.now() + 1_800_000),
  fence: 0,
  command: 'acquire eks prod-cluster pod/checkout-6d4f9c7b8-x2x7p --reason "odd egress"',
  ...change,
});

/** The same run after its evidence was stored. */
export const exampleEvidence = {
  reference: '/var/lib/firebreak/evidence/FB-2026-0007/FB-2026-0007-1',
  manifestSha256: 'f'.repeat(64),
  completeness: 'complete',
  artifacts: [
    { name: 'volatile.jsonl', bytes: 18_220, sha256: '1'.repeat(64), completeness: 'VERIFIED', notes: [] },
    { name: 'files.tar', bytes: 187_300_000, sha256: '2'.repeat(64), completeness: 'VERIFIED', notes: [] },
    {
      name: 'logs/app.log',
      bytes: 90_001,
      sha256: '3'.repeat(64),
      completeness: 'COUNTED',
      notes: ['The API gives no hash.'],
    },
  ],
} as const;
