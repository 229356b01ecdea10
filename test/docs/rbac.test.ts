import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { clusterRole } from '../../src/commands/permissions.ts';

const roleSchema = z.looseObject({
  rules: z.array(z.looseObject({ resources: z.array(z.string()), verbs: z.array(z.string()) })),
});

test('deploy/rbac.yaml is what `firebreak permissions` prints', async () => {
  expect(await readFile(new URL('../../deploy/rbac.yaml', import.meta.url), 'utf8')).toBe(clusterRole());
});

test('the printed permissions hold no Secrets, no wildcard, and no write but what the verbs declare', () => {
  const role = clusterRole();
  expect(role).not.toMatch(/secrets|"\*"|- \*/);
  const { rules } = roleSchema.parse(parse(role));
  const writes = rules.flatMap(({ resources, verbs }) =>
    verbs
      .filter((verb) => !['get', 'list', 'watch'].includes(verb))
      .map((verb) => `${verb} ${resources.join(',')}`),
  );
  expect(writes.toSorted()).toEqual([
    'create poddisruptionbudgets',
    'create pods/exec',
    'create validatingadmissionpolicies',
    'create validatingadmissionpolicybindings',
    'delete poddisruptionbudgets',
    'delete validatingadmissionpolicies',
    'delete validatingadmissionpolicybindings',
    'patch daemonsets',
    'patch deployments',
    'patch nodes',
    'patch pods',
    'patch replicasets',
    'patch statefulsets',
  ]);
});
