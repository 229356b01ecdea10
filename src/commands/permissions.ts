import type { Environment } from '../config/environment.ts';
import { IDENTITIES, type Identity } from '../core/cloud.ts';
import type { ClusterEntry } from '../core/cluster-entry.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { DEFAULT_FOOTHOLDS } from '../core/foothold.ts';
import { FOOTHOLD_READS } from '../core/foothold-permissions.ts';
import { didYouMean } from '../core/mistake.ts';
import { placeNamespace } from '../core/place-namespace.ts';
import { allPermissions, footholdPermissions } from '../core/verb-permissions.ts';
import { allowedVerbs } from '../flow/allowed-verbs.ts';
import { PLANNING_PERMISSIONS } from '../flow/check-permissions.ts';
import { readConfiguration } from '../read-configuration.ts';
import { verbs } from '../verbs/index.ts';
import { clusterPermissions } from './permissions/cluster-permissions.ts';
import { byPlace, PLACED } from './permissions/placed-roles.ts';
import { roleObject } from './permissions/rbac-objects.ts';
import { rbacRules } from './permissions/rbac-rules.ts';
import { type PermissionsChoice, readChoice } from './permissions/read-choice.ts';
import { yamlStream } from './permissions/yaml-stream.ts';

const ABOUT_EVERY_VERB = `Printed by \`firebreak permissions\`: what every verb needs, bound to nobody. \`firebreak permissions <cluster>\` prints less: what
the verbs that its channels allow need, with bindings. Bind this one to the identity in the kubeconfig by a ClusterRoleBinding or, for
some namespaces only, by RoleBindings; nodes lie outside them, so cordon needs the ClusterRoleBinding. Over WebSocket, exec needs
\`get\`, and from Kubernetes 1.35 on \`create\` too. What isolate needs in one namespace alone has a Role there: bind each by a
RoleBinding. Those of footholds want deploy/footholds.yaml first; without a tool image they are not needed.`;

const CLUSTER_ROLE = 'firebreak';

/** Roles with what planning and the verbs of this version need, derived from their own declarations: the ClusterRole first. */
export const rolesOfEveryVerb = (): string => {
  const needed = [
    ...PLANNING_PERMISSIONS,
    ...verbs.flatMap((verb) => [
      ...allPermissions(verb),
      ...(verb.partPermissions ?? []),
      ...footholdPermissions(verb.footholds ?? []),
      ...(verb.footholds ?? []).flatMap(({ kind }) => FOOTHOLD_READS[kind]),
      ...verb.alsoReads,
      ...(verb.runReads ?? []),
    ]),
  ];
  const everywhere = needed.filter(({ place }) => place === undefined);
  return yamlStream([
    {
      comment: ABOUT_EVERY_VERB,
      object: roleObject('ClusterRole', { name: CLUSTER_ROLE }, rbacRules(everywhere)),
    },
    ...byPlace(needed).map(({ place, needed: there }) => {
      const namespace = placeNamespace(place, DEFAULT_FOOTHOLDS);
      const { suffix, why } = PLACED[place];
      return {
        comment: `In ${namespace} alone: ${why}`,
        object: roleObject('Role', { name: `${CLUSTER_ROLE}:${suffix}`, namespace }, rbacRules(there)),
      };
    }),
  ]);
};

/** Those that differ: where planning and acting share one, it is printed once. */
const differing = ({
  identities,
  nodeIdentity,
}: Pick<ClusterEntry, 'identities' | 'nodeIdentity'>): readonly Identity[] =>
  IDENTITIES.filter((identity) => {
    if (identity === 'read') return identities === 'read and act';
    return identity === 'act' || nodeIdentity !== undefined;
  });

const forCluster = async (
  name: string,
  choice: PermissionsChoice,
  environment: Environment,
): Promise<string> => {
  const config = await readConfiguration(environment);
  const cluster = config.clusters.find((known) => known.name === name);
  if (cluster === undefined) {
    const names = config.clusters.map((known) => known.name);
    throw new FirebreakError({
      code: 'cluster-unknown',
      message: `There is no cluster ${name} in the configuration.${didYouMean(name, names)}`,
      next: `It has: ${names.join(', ') || 'none'}.`,
    });
  }
  const wanted = choice.verbs ?? allowedVerbs(verbs, config.channels, cluster);
  if (wanted.length === 0)
    throw new FirebreakError({
      code: 'command-invalid',
      message: `No rule of a channel allows anything on ${name}, so nothing has to be granted.`,
      next: 'Name the verbs by --verbs, or the cluster and its rules under `channels:`.',
    });
  const identities = choice.identity === undefined ? differing(cluster) : [choice.identity];
  return identities
    .map((identity) =>
      clusterPermissions(cluster, { identity, verbs: wanted, attribution: choice.attribution }),
    )
    .join('---\n');
};

/**
 * Prints the least privilege: for a cluster of the configuration what its identities need, in the cluster and outside;
 * without one roles with what every verb needs. Throws `command-invalid`, `cluster-unknown`, `config-invalid`.
 */
export const runPermissions = async (environment: Environment, args: readonly string[]): Promise<number> => {
  const choice = readChoice(args, verbs);
  process.stdout.write(
    choice.cluster === undefined ? rolesOfEveryVerb() : await forCluster(choice.cluster, choice, environment),
  );
  return 0;
};
