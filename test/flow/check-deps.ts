import type { ClusterEntry } from '../../src/core/cluster-entry.ts';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import { DEFAULT_FOOTHOLDS, DEFAULT_ISOLATION } from '../../src/core/foothold.ts';
import type { ClusterCheckDeps } from '../../src/flow/check/check-cluster.ts';
import type { Look } from '../../src/flow/clusters.ts';
import { verbs } from '../../src/verbs/index.ts';

/** What the API server says to somebody without rights. */
export const notAllowed = () =>
  new FirebreakError({ code: 'not-allowed', message: 'Firebreak may not.', next: 'Grant it.' });

/** A cluster of the configuration, with one namespace unless said otherwise. */
export const checkedEntry = (name: string, more: Partial<ClusterEntry> = {}): ClusterEntry => ({
  ...{ name, provider: 'kubeconfig', parts: [], namespaces: ['payments'], identities: 'one for all' },
  guard: { floorApprovals: 0, protectedNamespaces: [], protectedLabels: {} },
  ...{ footholds: DEFAULT_FOOTHOLDS, isolation: DEFAULT_ISOLATION },
  ...more,
});

/** A connection of an identity that may do all that verbs do, impersonates nobody and reads no namespace. */
export const playedLook = (more: Partial<Look> & { readonly closed?: () => void } = {}): Look => {
  const { closed = () => undefined, ...parts } = more;
  return {
    ...{ server: 'https://10.0.0.1:443', trust: 'its own CA' },
    caller: async () => ({ source: 'the environment', principal: 'arn:aws:iam::4:role/x', warnings: [] }),
    version: async () => 'v1.36.2',
    whoAmI: async () => ({ username: 'responder', groups: ['system:authenticated'], extra: {} }),
    rulesIn: async () => ({ rules: [], listed: 'all' }),
    get: () => Promise.reject(notAllowed()),
    list: async () => [],
    allowed: async ({ verb }) => verb !== 'impersonate',
    allowedFor: async () => false,
    allowedAs: () => async () => false,
    [Symbol.dispose]: closed,
    ...parts,
  };
};

/** One channel that may do everything on the clusters `one`, `two` and `slow`, each with one identity for all. */
export const checkDeps = (
  look: ClusterCheckDeps['clusters']['look'],
  more: Partial<ClusterCheckDeps> = {},
): ClusterCheckDeps => ({
  clusters: { look },
  verbs,
  channels: [
    {
      channel: 'C0INCIDENT1',
      clusters: ['one', 'two', 'slow'],
      rules: [{ verbs: ['*'], approvals: 1, approvers: ['S1'], selfApproval: false, expiresMs: 60_000 }],
    },
  ],
  ...{ identitiesOf: () => ['act'], asksBy: 'every identity' },
  ownPlace: {
    serviceHost: undefined,
    clusterUid: async () => undefined,
    vouchedBy: async () => 'unknown',
  },
  ...more,
});
