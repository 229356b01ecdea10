import { describe, expect, test } from 'vitest';
import { checkWord } from '../../src/flow/check/check-word.ts';
import type { Look } from '../../src/flow/clusters.ts';
import { verbs } from '../../src/verbs/index.ts';
import { checkDeps, checkedEntry, notAllowed, playedLook } from './check-deps.ts';

const daemonSet = (name: string) => ({
  metadata: { name },
  spec: { template: { spec: { containers: [] } } },
});
/** Nothing is wrong with it: an engine runs, and it acts as the one user of the cluster. */
const sound: Partial<Look> = { list: async () => [daemonSet('cilium')] };

const asked = async (look: Partial<Look>, identities: 'one for all' | 'read and act' = 'read and act') => {
  const by: string[] = [];
  const deps = checkDeps(async (_cluster, identity) => {
    by.push(identity);
    return playedLook(look);
  });
  const entry = checkedEntry('one', { identities });
  const reply = await checkWord(
    {
      ...{ clusters: deps.clusters, verbs, channels: deps.channels },
      check: {
        identitiesOf: () => (identities === 'one for all' ? ['act'] : ['read', 'act', 'node']),
        ownPlace: deps.ownPlace,
      },
    },
    'C0INCIDENT1',
    [entry],
  );
  if (reply.kind !== 'checked') throw new Error(`It was answered by ${reply.kind}.`);
  return { by, text: reply.text, parts: reply.parts };
};

describe('the first sentence of a check from the chat', () => {
  const MORE = 'Whoever runs Firebreak sees more by firebreak check.';

  test('says that things need somebody, not that they would fail, and counts apart what was not looked at', async () => {
    const refused = { list: () => Promise.reject(notAllowed()), allowed: async () => true };
    // Whoever may impersonate everybody: no run fails by it.
    const { text } = await asked(refused, 'one for all');
    expect(text).toBe(`1 thing needs somebody. 1 thing was not looked at. ${MORE}`);
    const { text: several } = await asked({ allowed: async () => false }, 'one for all');
    expect(several).toMatch(/^\d+ things need somebody\. Whoever/u);
  });

  test('does not call well what could not be looked at', async () => {
    const { text } = await asked({ list: () => Promise.reject(notAllowed()) }, 'one for all');
    expect(text).toBe(`Nothing that was looked at would fail. 1 thing was not looked at. ${MORE}`);
  });

  test('says that nothing would fail where there are warnings alone', async () => {
    expect((await asked(sound, 'one for all')).text).toBe(
      `Nothing that this channel may do would fail. ${MORE}`,
    );
  });
});

describe('a check from the chat', () => {
  test('asks by the identity that plans alone, and says where the others are asked', async () => {
    const { by, text, parts } = await asked(sound);
    expect(by).toEqual(['read']);
    const unasked = [
      { what: 'permissions', verdict: 'not checked', told: 'firebreak check on the host asks' },
    ];
    expect(parts.filter(({ title }) => /act|node/u.test(title))).toEqual([
      { title: 'one (kubeconfig), identity act', rows: unasked },
      { title: 'one (kubeconfig), identity node', rows: unasked },
    ]);
    expect(text).toContain('2 things were not looked at.');
  });

  test('asks by the one identity that there is where planning and runs share it', async () => {
    const { by, parts } = await asked(sound, 'one for all');
    expect(by).toEqual(['act']);
    expect(parts.map(({ title }) => title)).toEqual(['one (kubeconfig)']);
  });

  test('does not say that the cluster tells two identities apart of which it saw one', async () => {
    const { parts } = await asked(sound);
    const rows = parts.flatMap((part) => part.rows);
    expect(rows.find(({ what }) => what === 'identities')).toMatchObject({
      verdict: 'ok',
      told: 'apart in the configuration',
    });
  });
});
