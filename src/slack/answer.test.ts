import type { RespondArguments } from '@slack/bolt';
import { expect, it } from 'vitest';
import { type Asker, acknowledged } from './answer.ts';
import { createWebClient } from './web-client.ts';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const client = createWebClient(
  { botToken: 'xoxb', apiUrl: 'http://127.0.0.1:9/api/', logger },
  'never repeat',
);

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
  const outcome = await acknowledged(() => Promise.reject(new Error('closed')), asker(said), client, logger);
  expect(outcome).toBe('lost');
  expect(said).toEqual([expect.objectContaining({ text: expect.stringContaining('Nothing was done') })]);
});

it('says nothing when it was acknowledged', async () => {
  const said: RespondArguments[] = [];
  expect(await acknowledged(() => Promise.resolve(), asker(said), client, logger)).toBe('acknowledged');
  expect(said).toEqual([]);
});

it('throws nothing when neither way to the person works', async () => {
  const deaf = { ...asker([]), respond: () => Promise.reject(new Error('expired')) };
  const outcome = acknowledged(() => Promise.reject(new Error('closed')), deaf, client, logger);
  expect(await outcome).toBe('lost');
});
