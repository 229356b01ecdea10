import { describe, expect, test } from 'vitest';
import { permissionName } from '../../src/core/permission.ts';
import type { Arguments } from '../../src/core/verb.ts';
import { askedBefore } from '../../src/core/verb-permissions.ts';
import { checkPermissions } from '../../src/flow/check-permissions.ts';
import { isolate } from '../../src/verbs/isolate.ts';
import { checkedEntry } from './check-deps.ts';

const never = new AbortController().signal;
const ENTRY = checkedEntry('one', { toolImage: 'registry.example/tools@sha256:0' });

/** What is asked before an isolation is planned, each with its namespace; all is allowed but what is `refused`. */
const asked = async (given: Arguments, refused = '', entry = ENTRY): Promise<readonly string[]> => {
  const questions: string[] = [];
  await checkPermissions(
    {
      note: '',
      allowed: async (permission, { namespace = 'no namespace' }) => {
        const question = `${permissionName(permission)} in ${namespace}`;
        questions.push(question);
        return question !== refused;
      },
    },
    askedBefore(isolate, { kind: 'pod', entry, given }),
    entry,
    'payments',
    never,
  );
  return questions;
};

describe('what is asked before an isolation is planned', () => {
  test('is asked where it is needed: of a foothold in its own namespace, and nowhere else', async () => {
    const questions = await asked({});
    expect(questions).toContain('patch pods/ephemeralcontainers in payments');
    expect(questions.filter((one) => one.includes('jobs'))).toEqual([
      'create jobs.batch in firebreak-footholds',
      'get jobs.batch in firebreak-footholds',
    ]);
  });

  test('is no more than what it will start', async () => {
    expect((await asked({ 'probe-with-target': 'yes' })).join()).not.toContain('ephemeralcontainers');
    expect(await asked({ 'from-node': 'yes' })).toContain('create jobs.batch in firebreak-node-footholds');
    const { toolImage: _, ...without } = ENTRY;
    expect((await asked({}, '', without)).join()).not.toMatch(/jobs|ephemeralcontainers/u);
  });

  test('is not asked of an identity that can be asked after the approval alone', async () => {
    const entry = { ...ENTRY, nodeIdentity: 'its own' } as const;
    expect((await asked({ 'from-node': 'yes' }, '', entry)).join()).not.toContain('node-footholds');
  });

  test('refuses the plan where one is missing, and says in which namespace', async () => {
    await expect(asked({}, 'create jobs.batch in firebreak-footholds')).rejects.toMatchObject({
      code: 'not-allowed',
      message:
        'Firebreak may not do this in payments on one: it lacks create jobs.batch in firebreak-footholds.',
    });
    await expect(asked({}, 'patch pods in payments')).rejects.toMatchObject({
      message: 'Firebreak may not do this in payments on one: it lacks patch pods.',
    });
  });

  test('has no optional part: what outranks NetworkPolicies is made where it may be', async () => {
    expect((await asked({})).join()).not.toMatch(/adminnetworkpolicies|cilium|calico/u);
  });
});
