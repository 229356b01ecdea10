import type { Identity } from '../../core/cloud.ts';
import type { ClusterEntry } from '../../core/cluster-entry.ts';
import type { ChannelPolicy } from '../../core/policy.ts';
import type { Verb } from '../../core/verb.ts';
import { isNeeded } from '../../core/verb-permissions.ts';
import { allowedVerbs } from '../allowed-verbs.ts';
import type { Clusters } from '../clusters.ts';
import { identityPermissions } from '../identity-permissions.ts';
import { type CheckedIdentity, checkIdentity } from './check-identity.ts';
import { type CheckedPart, type CheckRow, notChecked, ok, warning } from './check-row.ts';
import { partDeadline } from './in-time.ts';
import { type OwnPlace, whereItRuns } from './where-it-runs.ts';

export interface ClusterCheckDeps {
  readonly clusters: Pick<Clusters, 'look'>;
  readonly verbs: readonly Verb[];
  readonly channels: readonly ChannelPolicy[];
  /** Those of a cluster that differ from one another. */
  readonly identitiesOf: (cluster: string) => readonly Identity[];
  readonly ownPlace: OwnPlace;
  /**
   * `every identity`: for whoever runs Firebreak, on the host. `planning alone`: from a chat, where nothing that acts may be
   * assumed before an approval.
   */
  readonly asksBy: 'every identity' | 'planning alone';
}

type Found = CheckedIdentity & { readonly identity: Identity };

const NOT_ASKED: CheckRow = {
  ...notChecked(
    'permissions',
    'it is assumed for an approved run alone, so a chat does not ask by it',
    'firebreak check on the host asks',
  ),
  next: 'Ask by it on the host: firebreak check.',
};

/** The one that plans; where one is for all, that is the one. */
const isAsked = (identity: Identity, all: readonly Identity[], { asksBy }: ClusterCheckDeps): boolean =>
  asksBy === 'every identity' || identity === (all.includes('read') ? 'read' : 'act');

const apart = (entry: ClusterEntry, found: readonly Found[]): CheckRow => {
  const WHAT = 'identities';
  const next = 'Give identities.read credentials of its own, which may only read.';
  if (entry.identities === 'one for all')
    return warning(WHAT, 'one for all: planning uses what runs use', next, 'one for all');
  const [read, act] = ['read', 'act'].map(
    (identity) => found.find((one) => one.identity === identity)?.username,
  );
  if (read === undefined || act === undefined)
    return ok(
      WHAT,
      'planning and runs have credentials of their own in the configuration; whom the cluster takes both for was not seen',
      'apart in the configuration',
    );
  return read === act
    ? warning(WHAT, `read and act are both ${read} in the cluster`, next, 'one for all')
    : ok(WHAT, 'planning and runs have identities of their own', '');
};

/** What is allowed here, and refused for want of an image to look from. */
const toolImage = (entry: ClusterEntry, verbs: readonly Verb[]): readonly CheckRow[] => {
  const refused = verbs
    .filter(({ footholds = [] }) => footholds.some((use) => use.use === 'start' && isNeeded(use)))
    .map(({ name }) => name)
    .join(', ');
  if (entry.toolImage !== undefined || refused === '') return [];
  const found = `none is named: refused, unless they look with the suspect’s own programs, are ${refused}`;
  const next = `Build it, push it and name it by its digest under \`clusters.${entry.name}\` (docs/footholds.md).`;
  return [warning('tool image', found, next, found)];
};

/** Those that reach nodes, by an identity of its own. */
const ofNodes = (entry: ClusterEntry, verbs: readonly Verb[]): readonly Verb[] =>
  verbs.filter((verb) => {
    const { needed, better } = identityPermissions('node', entry, [verb], verbs);
    return needed.length + better.length > 0;
  });

/** Nobody is kept from anything by a cluster that no channel may use. */
const softened = (row: CheckRow): CheckRow =>
  row.verdict === 'failed' ? { ...row, verdict: 'warning' } : row;

/** A cluster, each of its identities that differ, and how they lie to one another. Never rejects: each failure is a row. */
export const checkCluster = async (
  deps: ClusterCheckDeps,
  entry: ClusterEntry,
  signal: AbortSignal,
): Promise<readonly CheckedPart[]> => {
  const verbs = allowedVerbs(deps.verbs, deps.channels, entry);
  const identities = deps.identitiesOf(entry.name);
  const found = await Promise.all(
    identities.map(async (identity): Promise<Found> => {
      if (!isAsked(identity, identities, deps)) return { identity, rows: [NOT_ASKED] };
      const check = {
        clusters: deps.clusters,
        entry,
        identity,
        verbs: identity === 'node' ? ofNodes(entry, verbs) : verbs,
      };
      return { identity, ...(await checkIdentity(check, partDeadline(signal))) };
    }),
  );
  const itself = [
    apart(entry, found),
    ...toolImage(entry, verbs),
    ...(await whereItRuns(entry, found, deps.ownPlace, partDeadline(signal))),
    ...(verbs.length > 0
      ? []
      : [
          warning(
            'channels',
            'no rule of a channel allows anything here',
            'Name it and its rules under `channels:`.',
            '',
          ),
        ]),
  ];
  const title = `${entry.name} (${entry.provider})`;
  const parts = found.map(({ identity, rows }) => ({
    title: `${title}, identity ${identity}`,
    rows: verbs.length === 0 || identity === 'node' ? rows.map(softened) : rows,
  }));
  const [only, ...more] = parts;
  return only !== undefined && more.length === 0
    ? [{ title, rows: [...only.rows, ...itself] }]
    : [...parts, { title, rows: itself }];
};
