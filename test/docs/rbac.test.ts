import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { rolesOfEveryVerb } from '../../src/commands/permissions.ts';

const roleSchema = z.looseObject({
  kind: z.enum(['ClusterRole', 'Role']),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().default('') }),
  rules: z.array(z.looseObject({ resources: z.array(z.string()), verbs: z.array(z.string()) })),
});

const roles = parseAllDocuments(rolesOfEveryVerb()).map((document) => roleSchema.parse(document.toJS()));

/** What a role of a namespace lets somebody change there; the empty one is that of the ClusterRole. */
const writesIn = (namespace: string): readonly string[] =>
  roles
    .filter(({ metadata }) => metadata.namespace === namespace)
    .flatMap(({ rules }) => rules)
    .flatMap(({ resources, verbs }) =>
      verbs
        .filter((verb) => !['get', 'list', 'watch'].includes(verb))
        .map((verb) => `${verb} ${resources.join(',')}`),
    )
    .toSorted();

test('deploy/rbac.yaml is what `firebreak permissions` prints', async () => {
  expect(await readFile(new URL('../../deploy/rbac.yaml', import.meta.url), 'utf8')).toBe(rolesOfEveryVerb());
});

test('the printed permissions hold no Secrets, no wildcard, and no write but what the verbs declare', () => {
  expect(rolesOfEveryVerb()).not.toMatch(/secrets|"\*"|- \*/);
  expect(writesIn('')).toEqual([
    'create adminnetworkpolicies',
    'create ciliumnetworkpolicies',
    'create clusternetworkpolicies',
    'create networkpolicies',
    'create networkpolicies',
    'create poddisruptionbudgets',
    'create pods/exec',
    'create subjectaccessreviews',
    'create validatingadmissionpolicies',
    'create validatingadmissionpolicybindings',
    'delete adminnetworkpolicies',
    'delete ciliumnetworkpolicies',
    'delete clusternetworkpolicies',
    'delete networkpolicies',
    'delete networkpolicies',
    'delete poddisruptionbudgets',
    'delete validatingadmissionpolicies',
    'delete validatingadmissionpolicybindings',
    'patch daemonsets',
    'patch deployments',
    'patch nodes',
    'patch pods',
    'patch pods/ephemeralcontainers',
    'patch replicasets',
    'patch statefulsets',
  ]);
});

test('Jobs, and so pods, are made in the namespaces of footholds alone', () => {
  for (const namespace of ['firebreak-footholds', 'firebreak-node-footholds'])
    expect(writesIn(namespace)).toEqual(['create jobs', 'create pods/exec', 'delete jobs']);
  expect(roles.map(({ metadata: { name, namespace } }) => `${name} ${namespace}`.trim())).toEqual([
    'firebreak',
    'firebreak:footholds firebreak-footholds',
    'firebreak:node-footholds firebreak-node-footholds',
    'firebreak:proof kube-system',
    'firebreak:proof default',
  ]);
  for (const namespace of ['kube-system', 'default']) expect(writesIn(namespace)).toEqual([]);
});
