import type { ClusterEntry } from '../../core/cluster-entry.ts';
import type { CheckedIdentity } from './check-identity.ts';
import { type CheckRow, notChecked, warning } from './check-row.ts';

/** Whether a CA vouches for an API server; `unknown` where that did not show. */
export type Vouched = 'yes' | 'no' | 'unknown';

/** Where Firebreak itself runs. */
export interface OwnPlace {
  /** The API server's address inside a cluster; undefined outside. */
  readonly serviceHost: string | undefined;
  /** The UID of the own cluster's namespace kube-system, where it may be read. */
  clusterUid(signal: AbortSignal): Promise<string | undefined>;
  /** Whether a CA (PEM) vouches for the API server of the own cluster. It takes no right. Never rejects. */
  vouchedBy(caPem: string, signal: AbortSignal): Promise<Vouched>;
}

const WHAT = 'where Firebreak runs';
const ELSEWHERE = 'Run Firebreak in a cluster that it does not manage, or outside of all.';

const HERE = warning(
  WHAT,
  'inside this cluster: who takes it over takes Firebreak over',
  ELSEWHERE,
  'inside this cluster',
);

const UNKNOWN: CheckRow = {
  ...notChecked(WHAT, 'inside a cluster, and nothing tells whether it is this one', 'could not be told'),
  next: ELSEWHERE,
};

/** What was found out of a cluster by one of its identities. */
type Found = Pick<CheckedIdentity, 'server' | 'clusterUid' | 'caPem'>;

/**
 * Whether Firebreak runs inside the cluster. The address inside is not the one outside, and the UID of kube-system takes a
 * right on both sides, so mostly it is the CA that tells.
 */
export const whereItRuns = async (
  { provider }: Pick<ClusterEntry, 'provider'>,
  found: readonly Found[],
  { serviceHost, clusterUid, vouchedBy }: OwnPlace,
  signal: AbortSignal,
): Promise<readonly CheckRow[]> => {
  if (provider === 'in-cluster') return [HERE];
  if (serviceHost === undefined) return [];
  if (found.some(({ server }) => server !== undefined && new URL(server).hostname === serviceHost))
    return [HERE];
  const uid = found.find((one) => one.clusterUid !== undefined)?.clusterUid;
  const own = uid === undefined ? undefined : await clusterUid(signal);
  if (own !== undefined) return uid === own ? [HERE] : [];
  const caPem = found.find((one) => one.caPem !== undefined)?.caPem;
  // A public CA vouches for any address.
  const vouched = caPem === undefined ? 'unknown' : await vouchedBy(caPem, signal);
  return { yes: [HERE], no: [], unknown: [UNKNOWN] }[vouched];
};
