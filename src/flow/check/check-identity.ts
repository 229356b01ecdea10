import { z } from 'zod';
import type { Identity } from '../../core/cloud.ts';
import type { ClusterEntry } from '../../core/cluster-entry.ts';
import { FirebreakError } from '../../core/firebreak-error.ts';
import type { Verb } from '../../core/verb.ts';
import { type Attribution, attributionOf } from '../attribution.ts';
import type { Clusters, Look } from '../clusters.ts';
import { attributionRow, planningImpersonates } from './attribution-row.ts';
import { type CheckRow, notChecked, ok } from './check-row.ts';
import { failedInTime } from './in-time.ts';
import { listedImpersonation } from './listed-impersonation.ts';
import { moreThanReads } from './more-than-reads.ts';
import { policyEngine } from './policy-engine.ts';
import { reach } from './reach.ts';
import { verbAccess } from './verb-access.ts';

export interface IdentityCheck {
  readonly clusters: Pick<Clusters, 'look'>;
  readonly entry: ClusterEntry;
  readonly identity: Identity;
  /** Those that the channels allow on the cluster. */
  readonly verbs: readonly Verb[];
}

export interface CheckedIdentity {
  readonly rows: readonly CheckRow[];
  /** Each is absent where it could not be found out. */
  readonly server?: string;
  readonly caPem?: string;
  readonly username?: string;
  readonly clusterUid?: string;
}

/** A look of several: one that fails is a row, and the others go on. */
const rowsOf = async (
  what: string,
  signal: AbortSignal,
  work: () => Promise<readonly CheckRow[]>,
): Promise<readonly CheckRow[]> => {
  try {
    return await work();
  } catch (thrown) {
    return [failedInTime(what, thrown, signal)];
  }
};

const credentials = async (look: Look, signal: AbortSignal): Promise<readonly CheckRow[]> => {
  const { source, principal, warnings } = await look.caller(signal);
  return [
    ok('credentials', `from ${source}`, ''),
    ...warnings.map((found): CheckRow => ({ what: 'credentials', verdict: 'warning', found, told: '' })),
    ...(principal === undefined ? [] : [ok('identity outside', principal, '')]),
  ];
};

const whoThere = async (look: Look, signal: AbortSignal) => {
  try {
    const { username, groups } = await look.whoAmI(signal);
    const own = groups.filter((group) => group !== 'system:authenticated');
    // An ARN, an e-mail or an object id: it stays out of the chat.
    const row = ok('identity there', `${username}${own.length === 0 ? '' : `, of ${own.join(', ')}`}`, '');
    return { username, rows: [row] };
  } catch (thrown) {
    if (thrown instanceof FirebreakError && thrown.code === 'not-found')
      return { rows: [notChecked('identity there', 'the server is older than SelfSubjectReview (1.28)')] };
    return { rows: [failedInTime('identity there', thrown, signal)] };
  }
};

const namespaceSchema = z.looseObject({ metadata: z.looseObject({ uid: z.string() }) });

/** The UID of kube-system tells clusters apart, where it may be read. */
const clusterUidOf = async (look: Look, signal: AbortSignal): Promise<string | undefined> => {
  try {
    const path = { group: '', version: 'v1', resource: 'namespaces', name: 'kube-system' };
    return namespaceSchema.safeParse(await look.get(path, signal)).data?.metadata.uid;
  } catch {
    return undefined;
  }
};

/** What an identity may do there, and in whose name. */
const access = async (
  { entry, identity, verbs }: IdentityCheck,
  look: Look,
  signal: AbortSignal,
): Promise<readonly CheckRow[]> => {
  let attribution: Attribution | undefined;
  const attributed = await rowsOf('audit log names', signal, async () => {
    attribution = await attributionOf(look, entry, signal);
    const may = identity === 'read' ? 'nobody' : 'the one user';
    const listed = await listedImpersonation(look, entry, may, signal);
    return identity === 'read'
      ? planningImpersonates(entry.name, attribution, listed)
      : [attributionRow(entry.name, attribution, listed)];
  });
  const mayAct = attribution?.kind === 'impersonated' ? look.allowedAs(attribution.user) : look.allowed;
  const [permissions, alone, engine] = await Promise.all([
    rowsOf('permissions', signal, () =>
      verbAccess({ entry, identity, verbs, mayPlan: look.allowed, mayAct }, signal),
    ),
    identity === 'read'
      ? rowsOf('reads alone', signal, async () => [await moreThanReads(look, entry, verbs, signal)])
      : [],
    identity === 'read' || entry.identities === 'one for all'
      ? rowsOf('network policies', signal, async () => [
          await policyEngine(look, { cluster: entry.name, identity }, signal),
        ])
      : [],
  ]);
  return [...permissions, ...alone, ...attributed, ...engine];
};

/** Before there is a connection, either nothing was found to authenticate with, or the provider did not say where. */
const whereItFailed = (thrown: unknown): string =>
  thrown instanceof FirebreakError &&
  (thrown.code === 'cluster-credentials' || thrown.code === 'config-invalid')
    ? 'credentials'
    : 'endpoint';

/** One identity of one cluster, by reads and reviews about itself alone. Never rejects: each failure is a row. */
export const checkIdentity = async (check: IdentityCheck, signal: AbortSignal): Promise<CheckedIdentity> => {
  let made: Look;
  try {
    made = await check.clusters.look(check.entry.name, check.identity, signal);
  } catch (thrown) {
    return { rows: [failedInTime(whereItFailed(thrown), thrown, signal)] };
  }
  using look = made;
  const way = { server: look.server, ...(look.caPem === undefined ? {} : { caPem: look.caPem }) };
  const [caller, reached] = await Promise.all([
    rowsOf('credentials', signal, () => credentials(look, signal)),
    reach(look, signal),
  ]);
  const rows = [...caller, ...reached.rows];
  if (reached.answers === 'no')
    return { ...way, rows: [...rows, notChecked('permissions', 'the cluster could not be asked', '')] };
  const [who, allowed, clusterUid] = await Promise.all([
    whoThere(look, signal),
    access(check, look, signal),
    clusterUidOf(look, signal),
  ]);
  return {
    ...way,
    ...('username' in who ? { username: who.username } : {}),
    ...(clusterUid === undefined ? {} : { clusterUid }),
    rows: [...rows, ...who.rows, ...allowed],
  };
};
