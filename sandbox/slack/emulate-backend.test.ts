import { expect, test } from 'vitest';
import { startEmulateBackend } from './emulate-backend.ts';
import { BOT_PERSON, SEED_CHANNELS, SEED_PEOPLE } from './workspace-seed.ts';

test('keeps the ids of the workspace, for people who write and channels that are written to', async () => {
  const { incident } = SEED_CHANNELS;
  const { requester } = SEED_PEOPLE;
  await using backend = await startEmulateBackend([requester, BOT_PERSON], [incident]);
  const args = { channel: incident.id, text: 'hello' };
  const answer = await backend.call('chat.postMessage', args, requester.id);
  expect(answer).toMatchObject({ ok: true, channel: incident.id, message: { user: requester.id } });
});
