import type { RespondArguments } from '@slack/bolt';
import { expect, it } from 'vitest';
import { type Asker, acknowledged, answer } from './answer.ts';
import { createWebClient } from './web-client.ts';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const client = createWebClient(
  { botToken: 'xoxb', apiUrl: 'http://127.0.0.1:9/api/', logger },
  'never repeat',
);
const pauses: number[] = [];
const ways = {
  client,
  logger,
  clock: {
    now: () => new Date(),
    monotonicMs: () => 0,
    sleep: (ms: number) => {
      pauses.push(ms);
      return Promise.resolve();
    },
  },
};

const asker = (said: RespondArguments[]): Asker => ({
  channel: 'C1',
  user: 'U1',
  original: 'keep',
  respond: (message) => {
    said.push(message);
    return Promise.resolve();
  },
});

it('says that nothing was done when the acknowledgement was lost', async () => {
  const said: RespondArguments[] = [];
  const outcome = await acknowledged(() => Promise.reject(new Error('closed')), asker(said), ways);
  expect(outcome).toBe('lost');
  expect(said).toEqual([expect.objectContaining({ text: expect.stringContaining('Nothing was done') })]);
});

it('says nothing when it was acknowledged', async () => {
  const said: RespondArguments[] = [];
  expect(await acknowledged(() => Promise.resolve(), asker(said), ways)).toBe('acknowledged');
  expect(said).toEqual([]);
});

it('throws nothing when neither way to the person works', async () => {
  const deaf = { ...asker([]), respond: () => Promise.reject(new Error('expired')) };
  const outcome = acknowledged(() => Promise.reject(new Error('closed')), deaf, ways);
  expect(await outcome).toBe('lost');
});

it('tries both ways again, later and later, until one works', async () => {
  const said: RespondArguments[] = [];
  let tries = 0;
  const moody = {
    ...asker(said),
    respond: (message: RespondArguments) => {
      tries += 1;
      return tries < 3 ? Promise.reject(new Error('500')) : Promise.resolve(said.push(message));
    },
  };
  pauses.length = 0;
  await answer(moody, { text: 'You denied it.', blocks: [] }, ways);
  expect(said).toEqual([expect.objectContaining({ text: 'You denied it.' })]);
  expect(pauses).toEqual([1_000, 2_000]);
});
