import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';
import { findHostTool } from '../../sandbox/cluster/runtime/host-tools.ts';
import type { StandInCluster } from '../../sandbox/cluster/stand-in-cluster.ts';
import { IMPERSONATED_EXTRAS } from '../../src/core/impersonation.ts';
import { requestStatus } from './request-status.ts';

export const kubectlPath = findHostTool('kubectl');
const RBAC = 'rbac.authorization.k8s.io';

const ruleSchema = z.object({
  apiGroups: z.array(z.string()),
  resources: z.array(z.string()),
  verbs: z.array(z.string()),
  resourceNames: z.array(z.string()).optional(),
});
const roleSchema = z.looseObject({
  kind: z.enum(['ClusterRole', 'Role']),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().default('') }),
  rules: z.array(ruleSchema),
});

/** One verb on one resource, in the role that grants it. */
export interface Atom {
  readonly role: string;
  /** Of a Role; empty for a ClusterRole. */
  readonly namespace: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
}

export const atomsOf = (stream: string): readonly Atom[] =>
  parseAllDocuments(stream).flatMap((document) => {
    const role = roleSchema.safeParse(document.toJS()).data;
    if (role === undefined) return [];
    const { name, namespace } = role.metadata;
    return role.rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => ({ role: name, namespace, verb, group, resource })),
        ),
      ),
    );
  });

/** What kubectl says of a stream that it applies as the cluster's administrator; rejects with why it does not. */
export const applyStream = (cluster: StandInCluster, folder: string, stream: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const path = join(folder, 'admin.kubeconfig');
    cluster.writeKubeconfig(path, 'admin');
    const child = execFile(
      kubectlPath ?? 'kubectl',
      ['apply', '-f', '-'],
      { env: { ...process.env, HOME: folder, KUBECONFIG: path }, cwd: folder },
      (error, stdout, stderr) => (error === null ? resolve(stdout) : reject(new Error(`${stdout}${stderr}`))),
    );
    child.stdin?.end(stream);
  });

const groupOf = ({ path }: RecordedRequest): string => /^\/apis\/([^/]+)\//u.exec(path)?.[1] ?? '';

const REVIEW = /^selfsubject/u;
/** Whoever is asked about: planning's own requests, and what was done in the name of the one user. */
export const requestsOf = (cluster: StandInCluster, user: string): readonly RecordedRequest[] =>
  cluster.requests.filter((one) => one.user === user && one.resource !== '' && !REVIEW.test(one.resource));

/** Takes one verb on one resource out of the role. */
export const withoutAtom = (
  cluster: StandInCluster,
  { role, namespace, verb, group, resource }: Atom,
): { restore(): void } => {
  const key = {
    ...{ group: RBAC, resource: namespace === '' ? 'clusterroles' : 'roles' },
    ...{ namespace, name: role },
  };
  const before = roleSchema.parse(cluster.object(key)).rules;
  cluster.changeObject(key, (object) => ({
    ...object,
    rules: before.flatMap((rule) => {
      if (!rule.apiGroups.includes(group) || !rule.resources.includes(resource)) return [rule];
      const others = rule.resources.filter((one) => one !== resource);
      const verbs = rule.verbs.filter((one) => one !== verb);
      return [
        ...(others.length === 0 ? [] : [{ ...rule, resources: others }]),
        ...(verbs.length === 0 ? [] : [{ ...rule, resources: [resource], verbs }]),
      ];
    }),
  }));
  return { restore: () => cluster.changeObject(key, (object) => ({ ...object, rules: before })) };
};

/** What a Role of its namespace lets somebody do says nothing of a ClusterRole. */
const isOfRole = (one: RecordedRequest, all: readonly Atom[]): boolean =>
  all.some(
    ({ namespace, verb, group, resource }) =>
      namespace === one.namespace &&
      namespace !== '' &&
      verb === one.verb &&
      resource === one.resource &&
      group === groupOf(one),
  );

/** Exec asks for create beside get, so one request stands for both; every run that was approved for all of impersonation. */
const uses = (one: RecordedRequest, { namespace, verb, group, resource }: Atom): boolean =>
  (verb === 'impersonate' &&
    IMPERSONATED_EXTRAS.every((key) => one.impersonated?.extra[key] !== undefined)) ||
  (one.resource === resource &&
    groupOf(one) === group &&
    (namespace === '' || one.namespace === namespace) &&
    (one.verb === verb || resource === 'pods/exec'));

export interface Unneeded {
  /** What no request used. */
  readonly idle: readonly string[];
  /** What can be taken away, and the same request is not refused. */
  readonly harmless: readonly string[];
}

/**
 * Takes each verb on each resource out of what was printed for a user, and sends a request again that had used it. It has
 * to be refused, and no more once the role is whole again.
 */
export const unneeded = async (cluster: StandInCluster, stream: string, user: string): Promise<Unneeded> => {
  const requests = requestsOf(cluster, user).filter(({ status }) => status !== 403);
  const [idle, harmless]: [string[], string[]] = [[], []];
  const atoms = atomsOf(stream);
  for (const atom of atoms) {
    const name = [
      `${user}: ${atom.verb} ${atom.resource}.${atom.group}`,
      ...(atom.namespace === '' ? [] : [`in ${atom.namespace}`]),
    ].join(' ');
    const used = requests.find((one) => uses(one, atom) && (atom.namespace !== '' || !isOfRole(one, atoms)));
    if (used === undefined) {
      idle.push(name);
      continue;
    }
    const taken = withoutAtom(cluster, atom);
    if ((await requestStatus(cluster, used)) !== 403) harmless.push(name);
    taken.restore();
    const again = await requestStatus(cluster, {
      ...used,
      ...(used.method === 'PATCH' ? { body: '{}' } : {}),
    });
    if (again === 403) harmless.push(`${name}, given back`);
  }
  return { idle, harmless };
};
