import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SEED_CHANNELS, SEED_PEOPLE } from '../../sandbox/slack/workspace-seed.ts';
import { type Scenario, startScenario } from './scenario.ts';
import { APPROVERS, INSPECT_FREELY, ONE_APPROVAL, type Rules } from './scenario-config.ts';

const MINUTE_MS = 60_000;
const { requester, approver, secondApprover, outsider, guest, otherBot, foreign } = SEED_PEOPLE;
const incident = SEED_CHANNELS.incident.id;
const quorum = SEED_CHANNELS.secondIncident.id;
const nobody = SEED_CHANNELS.private.id;
const unmeetable = 'C0UNMEET001';
const unlisted = SEED_CHANNELS.archived.id;
const ACQUIRE = 'acquire pod/x --reason "odd outbound traffic"';

const acquireRule = (rule: Readonly<Record<string, unknown>>): Rules => [
  INSPECT_FREELY,
  { verbs: ['acquire'], expires: '30m', ...rule },
];

let scenario: Scenario;
beforeAll(async () => {
  scenario = await startScenario({
    cluster: { containers: 'no shell' },
    slack: {
      rateLimits: 'off',
      channels: [{ ...SEED_CHANNELS.secondIncident, id: unmeetable, name: 'incident-three' }],
    },
    channels: {
      [incident]: ONE_APPROVAL,
      [quorum]: acquireRule({ approvals: 2, approvers: [APPROVERS] }),
      [nobody]: [
        { verbs: ['inspect'], approvals: 1, approvers: ['S0DISABLED1'] },
        { verbs: ['acquire'], approvals: 1, approvers: ['S0EMPTY0001'] },
      ],
      [unmeetable]: acquireRule({ approvals: 2, approvers: ['S0IRLEADS01'] }),
      [SEED_CHANNELS.shared.id]: ONE_APPROVAL,
      [SEED_CHANNELS.orgShared.id]: ONE_APPROVAL,
    },
  });
  await scenario.start();
});
afterAll(() => scenario?.[Symbol.asyncDispose]());
afterEach(async () => {
  const { slack } = scenario.incident;
  slack.setUserGroup(APPROVERS, [approver.id, secondApprover.id]);
  slack.setPerson(approver.id, { account: 'member' });
  // Every slot of the edit budget is free again.
  await scenario.advance(MINUTE_MS);
  expect(await scenario.violations()).toEqual([]);
});

/** Nothing reached into a container while `work` went on. */
const untouched = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  const before = scenario.insides();
  const result = await work();
  expect(scenario.insides()).toBe(before);
  return result;
};

const runsOf = async (channel: string): Promise<number> => {
  const rows = await scenario.query(
    'select r.id from firebreak.runs r join firebreak.cases c on c.id = r.case_id where c.channel = $1',
    [channel],
  );
  return rows.length;
};

/** A command that is refused: the person is told, and neither a run nor a card comes of it. */
const refused = (text: string, channel: string, user: string = requester.id): Promise<string> =>
  untouched(async () => {
    const before = await runsOf(channel);
    const answer = await scenario.told(text, { channel, user });
    expect(await runsOf(channel)).toBe(before);
    return answer;
  });

describe('one approval', () => {
  test('runs once, although the button is pressed twice at once and by two people', async () => {
    const card = await scenario.ask(ACQUIRE);
    const answers = await Promise.all([
      scenario.press(card, 'Approve', approver.id),
      scenario.press(card, 'Approve', approver.id),
      scenario.press(card, 'Approve', secondApprover.id),
    ]);
    expect(answers.filter((answer) => answer.includes('You approved'))).toHaveLength(1);
    for (const answer of answers.filter((one) => !one.includes('You approved')))
      expect(answer).toMatch(/already approved|was approved earlier|Your click changed nothing/);
    await scenario.reached(card.run, 'incomplete');
    expect(await scenario.press(card, 'Approve', secondApprover.id)).toContain(
      'was approved earlier and has ended',
    );
    expect(await scenario.press(card, 'Deny', secondApprover.id)).toContain('Your click changed nothing');
    const [row] = await scenario.query('select fence from firebreak.runs where id = $1', [card.run]);
    expect(row).toEqual({ fence: 1 });
  });

  test('is refused to who is no approver, and the people who can decide are named', async () => {
    const card = await scenario.ask(ACQUIRE);
    const answer = await untouched(() => scenario.press(card, 'Approve', outsider.id));
    expect(answer).toContain('You are not among the approvers');
    expect(await untouched(() => scenario.press(card, 'Deny', outsider.id))).toContain('changed nothing');
    expect(await scenario.state(card.run)).toBe('planned');
  });

  test('is refused to the requester, although an approver', async () => {
    const card = await scenario.ask(ACQUIRE, { user: approver.id });
    const answer = await untouched(() => scenario.press(card, 'Approve', approver.id));
    expect(answer).toContain('you can’t approve it yourself');
    expect(await scenario.press(card, 'Deny', approver.id)).toContain('Nothing was run');
  });

  test('is refused to who was taken out of the group since it was asked for', async () => {
    const { slack } = scenario.incident;
    const card = await scenario.ask(ACQUIRE);
    slack.setUserGroup(APPROVERS, [secondApprover.id]);
    expect(await untouched(() => scenario.press(card, 'Approve', approver.id))).toContain(
      'You are not among the approvers',
    );
    slack.setUserGroup(APPROVERS, [approver.id]);
    expect(await scenario.press(card, 'Approve', approver.id)).toContain('You approved');
    await scenario.reached(card.run, 'incomplete');
  });

  test('is refused to an approver who became a guest, and when the group can’t be read', async () => {
    const { slack } = scenario.incident;
    const card = await scenario.ask(ACQUIRE);
    slack.setPerson(approver.id, { account: 'multi-channel guest' });
    expect(await untouched(() => scenario.press(card, 'Approve', approver.id))).toContain('Guests');
    slack.faults.refuse('usergroups.users.list', 'missing_scope', 1);
    expect(await untouched(() => scenario.press(card, 'Approve', secondApprover.id))).toContain(
      'Slack could not be asked who may do this',
    );
    expect(await scenario.state(card.run)).toBe('planned');
  });

  test('is refused to guests, bots and people of other workspaces', async () => {
    const card = await scenario.ask(ACQUIRE);
    expect(await untouched(() => scenario.press(card, 'Approve', guest.id))).toContain('Guests');
    expect(await untouched(() => scenario.press(card, 'Approve', otherBot.id))).toContain('Bots');
    expect(await untouched(() => scenario.press(card, 'Approve', foreign.id))).toContain('other workspaces');
    expect(await scenario.state(card.run)).toBe('planned');
  });

  test('denied once stays denied, and the requester is told', async () => {
    const card = await scenario.ask(ACQUIRE);
    await untouched(async () => {
      expect(await scenario.press(card, 'Deny', approver.id)).toContain('You denied');
      expect(await scenario.press(card, 'Approve', secondApprover.id)).toContain('was already denied');
      await scenario.shown(card.run, 'decision', (text) => text.includes('Denied by'));
      await scenario.shown(card.run, 'card', (text) => text.includes('Denied'));
    });
  });
});

describe('a quorum of two', () => {
  const by = { channel: quorum };

  test('runs after the second person, and counts nobody twice', async () => {
    const card = await scenario.ask(ACQUIRE, by);
    await untouched(async () => {
      expect(await scenario.press(card, 'Approve', approver.id)).toContain('1 of 2');
      expect(await scenario.press(card, 'Approve', approver.id)).toContain('already approved');
      await scenario.shown(card.run, 'card', (text) => text.includes('Approved by'));
      expect(await scenario.state(card.run)).toBe('planned');
    });
    expect(await scenario.press(card, 'Approve', secondApprover.id)).toContain('It starts now');
    await scenario.reached(card.run, 'incomplete');
  });

  test('counts no approval of a person who was taken out of the group before the second one came', async () => {
    const { slack } = scenario.incident;
    const card = await scenario.ask(ACQUIRE, by);
    expect(await scenario.press(card, 'Approve', approver.id)).toContain('1 of 2');
    slack.setUserGroup(APPROVERS, [secondApprover.id, outsider.id]);
    expect(await untouched(() => scenario.press(card, 'Approve', secondApprover.id))).toContain('1 of 2');
    expect(await scenario.state(card.run)).toBe('planned');
    expect(await scenario.press(card, 'Approve', outsider.id)).toContain('It starts now');
    await scenario.reached(card.run, 'incomplete');
  });

  test('lets an approver who approved change their mind', async () => {
    const card = await scenario.ask(ACQUIRE, by);
    await untouched(async () => {
      expect(await scenario.press(card, 'Approve', approver.id)).toContain('1 of 2');
      expect(await scenario.press(card, 'Deny', approver.id)).toContain('You denied');
    });
  });
});

describe('time', () => {
  test('reminds the approvers after two and five minutes, expires, and offers to ask again', async () => {
    const card = await scenario.ask(ACQUIRE);
    await untouched(async () => {
      expect(scenario.messages(card.run, 'reminder-1')).toEqual([]);
      await scenario.advance(2 * MINUTE_MS + 1_000);
      const first = await scenario.shown(card.run, 'reminder-1');
      expect(first.threadTs).toBe(card.ts);
      expect(JSON.stringify(first.blocks)).toContain(APPROVERS);
      expect(scenario.messages(card.run, 'reminder-2')).toEqual([]);
      await scenario.advance(3 * MINUTE_MS);
      await scenario.shown(card.run, 'reminder-2');
      await scenario.advance(25 * MINUTE_MS);
      await scenario.shown(card.run, 'end', (text) => text.includes('Expired'));
      expect(await scenario.press(card, 'Approve', approver.id)).toContain('expired before it was decided');
    });
    await scenario.shown(card.run, 'card', (text) => text.includes('Ask again'));
    const { slack } = scenario.incident;
    const button = slack.buttons(incident).findLast(({ label }) => label === 'Ask again');
    if (button === undefined) throw new Error('there is no button to ask again');
    const { actionId, value } = button;
    await slack.click({
      user: requester.id,
      channel: incident,
      messageTs: card.ts,
      actionId,
      ...(value === undefined ? {} : { value }),
    });
    const next = await slack.waitFor(() =>
      slack.messages(incident).find(({ ts, text }) => ts > card.ts && text.includes('Approve?')),
    );
    expect(next.text).not.toContain(card.run);
    expect(next.text).toContain('odd outbound traffic');
    expect(await scenario.press(card, 'Ask again', requester.id)).toMatch(/already|asked again/);
  });

  test('lets nobody approve what expired a moment ago', async () => {
    const card = await scenario.ask(ACQUIRE);
    await scenario.advance(30 * MINUTE_MS + 1_000);
    expect(await untouched(() => scenario.press(card, 'Approve', approver.id))).toMatch(/expired/);
  });
});

describe('cancelling', () => {
  test('before a decision ends the run, for its requester and not for others', async () => {
    const card = await scenario.ask(ACQUIRE);
    await untouched(async () => {
      expect(await scenario.told(`cancel ${card.run}`, { user: outsider.id })).toContain('can cancel it');
      expect(await scenario.told(`cancel ${card.run}`)).toContain('Nothing was run');
      expect(await scenario.told(`cancel ${card.run}`)).toContain('already ended');
      expect(await scenario.press(card, 'Approve', approver.id)).toContain('was cancelled');
    });
  });

  test('of a run that is not there says so', async () => {
    expect(await scenario.told('cancel FB-2026-0009-9')).toContain('There is no run');
    const card = await scenario.ask(ACQUIRE);
    expect(await scenario.told(`cancel ${card.run}`, { channel: quorum })).toContain('There is no run');
  });
});

describe('who and where', () => {
  test('guests, bots and people of other workspaces can’t ask', async () => {
    expect(await refused(ACQUIRE, incident, guest.id)).toContain('Guests');
    expect(await refused(ACQUIRE, incident, otherBot.id)).toContain('Bots');
    expect(await refused(ACQUIRE, incident, foreign.id)).toContain('other workspaces');
  });

  test('a channel that another workspace can read is refused', async () => {
    for (const { id } of [SEED_CHANNELS.shared, SEED_CHANNELS.orgShared])
      expect(await refused(ACQUIRE, id)).toContain('shared with another workspace');
  });

  test('a channel that was shared after the request can’t approve any more', async () => {
    const { slack } = scenario.incident;
    const card = await scenario.ask(ACQUIRE);
    slack.setChannel(incident, { sharing: 'another workspace' });
    try {
      expect(await untouched(() => scenario.press(card, 'Approve', approver.id))).toContain(
        'shared with another',
      );
    } finally {
      slack.setChannel(incident, { sharing: 'none' });
    }
  });

  test('a channel that is not listed, or that Firebreak can’t see, is refused', async () => {
    expect(await refused(ACQUIRE, unlisted)).toContain('no clusters in the configuration');
    scenario.incident.slack.faults.refuse('conversations.info', 'channel_not_found', 1);
    expect(await refused(ACQUIRE, incident)).toContain('/invite @firebreak');
  });

  test('a cluster that is not configured is refused, with the nearest name', async () => {
    expect(await refused('acquire prod-cluter pod/x', incident)).toContain('prod-cluster');
    expect(await refused('acquire https://192.0.2.1 pod/x', incident)).toMatch(/192|cluster/);
  });

  test('an approver set that is empty, can’t be met or does not exist is refused', async () => {
    expect(await refused(ACQUIRE, nobody)).toContain('nobody may give it');
    expect(await refused(ACQUIRE, unmeetable)).toContain('only 1 may give them');
    expect(await refused('inspect pod/x', nobody)).toContain('S0DISABLED1 does not exist');
  });

  test('a command that is delivered three times makes one run', async () => {
    const before = await runsOf(incident);
    await scenario.ask(ACQUIRE, { deliveries: 3 });
    // Answered after what was delivered before it was handled.
    await scenario.told('help');
    await scenario.world();
    expect(await runsOf(incident)).toBe(before + 1);
  });
});
