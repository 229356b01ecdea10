import { describe, expect, test } from 'vitest';
import { FirebreakError } from '../core/firebreak-error.ts';
import type { Standing } from '../core/person.ts';
import { eligibleApprovers, requireQuorum } from './approvers.ts';
import type { Directory } from './directory.ts';

const requester = { team: 'T1', user: 'U1' };

const directory = (
  groups: Readonly<Record<string, readonly string[]>>,
  standings: Readonly<Record<string, Standing>> = {},
): Directory => ({
  team: async () => 'T1',
  channel: async () => 'own',
  standing: async ({ user }) => standings[user] ?? 'member',
  members: async (group) => {
    const found = groups[group];
    if (found !== undefined) return found;
    throw new FirebreakError({ code: 'slack-unavailable', message: 'No answer.', next: 'Ask again.' });
  },
});

const rule = (...approvers: readonly string[]) => ({ approvers, selfApproval: false });

describe('who may approve', () => {
  test('are the named users and the members of the named groups, each once', async () => {
    const found = await eligibleApprovers(directory({ S1: ['U2', 'U3'] }), rule('S1', 'U3', 'W4'), requester);
    expect([...found].toSorted()).toEqual(['U2', 'U3', 'W4']);
  });

  test('does not include who asked', async () => {
    const found = await eligibleApprovers(directory({ S1: ['U1', 'U2'] }), rule('S1', 'U1'), requester);
    expect([...found]).toEqual(['U2']);
  });

  test('includes who asked where the rule says so', async () => {
    const own = { approvers: ['U1'], selfApproval: true };
    expect([...(await eligibleApprovers(directory({}), own, requester))]).toEqual(['U1']);
  });

  test.each(['guest', 'bot', 'foreign', 'deactivated', 'unknown'] as const)(
    'never includes a %s',
    async (standing) => {
      const found = await eligibleApprovers(
        directory({ S1: ['U2', 'U3'] }, { U2: standing }),
        rule('S1'),
        requester,
      );
      expect([...found]).toEqual(['U3']);
    },
  );

  test('is never guessed when a group can’t be read', async () => {
    await expect(eligibleApprovers(directory({}), rule('S9', 'U2'), requester)).rejects.toMatchObject({
      code: 'slack-unavailable',
    });
  });
});

describe('people are looked up one by one, so only those are that matter', () => {
  const users = Array.from({ length: 200 }, (_, index) => `U${index + 10}`);
  const counting = () => {
    const asked: string[] = [];
    const { standing, ...rest } = directory({ S1: users }, { U10: 'guest' });
    return {
      asked,
      directory: {
        ...rest,
        standing: async (person: Parameters<Directory['standing']>[0]) => {
          asked.push(person.user);
          return standing(person);
        },
      },
    };
  };

  test('until enough are found', async () => {
    const { asked, directory: slack } = counting();
    const found = await eligibleApprovers(slack, rule('S1'), requester, { enough: 2 });
    expect([...found]).toEqual(['U11', 'U12']);
    expect(asked).toEqual(['U10', 'U11', 'U12']);
  });

  test('of those who are named, whoever is no approver is not one by being named', async () => {
    const { asked, directory: slack } = counting();
    const found = await eligibleApprovers(slack, rule('S1'), requester, { among: ['U12', 'U1', 'U9'] });
    expect([...found]).toEqual(['U12']);
    expect(asked).toEqual(['U12']);
  });
});

describe('a quorum', () => {
  test('is met by as many people as the rule asks for', () => {
    expect(() => requireQuorum(new Set(['U2', 'U3']), 2)).not.toThrow();
  });

  test.each([
    { people: [], says: 'nobody' },
    { people: ['U2'], says: 'only 1' },
  ])('of two can’t be met by $says', ({ people, says }) => {
    expect(() => requireQuorum(new Set(people), 2)).toThrow(says);
  });
});
