import type { ClusterReader } from '../../../core/cluster.ts';
import { FirebreakError } from '../../../core/firebreak-error.ts';
import { type Permission, permissionName } from '../../../core/permission.ts';
import type { Pod } from '../../../core/pod.ts';
import { listed } from '../../changes/change-words.ts';

const POLICIES = { group: 'networking.k8s.io', resource: 'networkpolicies' } as const;

/** By which of these a label or a policy is taken away, or a policy added that allows. */
const UNDOING: readonly Permission[] = [
  { verb: 'patch', group: '', resource: 'pods' },
  { verb: 'update', group: '', resource: 'pods' },
  { verb: 'delete', ...POLICIES },
  { verb: 'patch', ...POLICIES },
  { verb: 'update', ...POLICIES },
  { verb: 'create', ...POLICIES },
];

/** What Firebreak needs to ask that. */
export const MAY_UNDO_READ: Permission = {
  verb: 'create',
  group: 'authorization.k8s.io',
  resource: 'subjectaccessreviews',
};

/** Whom a token of the account is. Source: Kubernetes, Authenticating, Service account tokens. */
const userOf = (namespace: string, account: string) => ({
  username: `system:serviceaccount:${namespace}:${account}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
});

/** Whether the pod's own service account could undo its isolation, in words; nothing where it can't. */
export const mayUndoSentences = async (
  cluster: Pick<ClusterReader, 'allowedFor'>,
  { metadata: { namespace }, spec: { serviceAccountName } }: Pod,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const user = userOf(namespace, serviceAccountName);
  try {
    const answers = await Promise.all(
      UNDOING.map(async (permission) => ({
        permission,
        may: await cluster.allowedFor(user, permission, { namespace }, signal),
      })),
    );
    const may = answers.filter((answer) => answer.may).map(({ permission }) => permissionName(permission));
    return may.length === 0
      ? []
      : [
          `Its service account ${serviceAccountName} may ${listed(may, 6)} in ${namespace}: whoever has its token elsewhere, a sibling of this pod too, can undo the isolation.`,
        ];
  } catch (thrown) {
    if (!(thrown instanceof FirebreakError)) throw thrown;
    if (thrown.code !== 'not-allowed' && thrown.code !== 'not-found') throw thrown;
    return [
      `Whether its service account ${serviceAccountName} may undo the isolation could not be asked, since Firebreak lacks ${permissionName(MAY_UNDO_READ)}.`,
    ];
  }
};
