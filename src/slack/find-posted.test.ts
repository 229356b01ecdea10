import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findPosted } from './find-posted.ts';
import { noticeMetadata } from './notice-metadata.ts';
import { createWebClient } from './web-client.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const SINCE = new Date('2026-11-20T14:00:00Z');
const mine = { user: 'U0ME', bot_id: 'B0ME' };
const card = noticeMetadata({ run: 'FB-1', notice: 'card' });

/** A Web API with a channel history in two pages, in which other apps may have written anything. */
let pages: readonly (readonly object[])[] = [];
let asked: URLSearchParams[] = [];
let apiUrl = '';
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => {
    body += chunk.toString();
  });
  request.on('end', () => {
    const form = new URLSearchParams(body);
    asked.push(form);
    const page = Number(form.get('cursor') ?? '0');
    const next = page + 1 < pages.length ? String(page + 1) : '';
    return response.end(
      JSON.stringify({ ok: true, messages: pages[page], response_metadata: { next_cursor: next } }),
    );
  });
});

beforeEach(async () => {
  asked = [];
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  apiUrl = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}/api/` : '';
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const find = () =>
  findPosted(
    createWebClient({ botToken: 'xoxb', apiUrl, logger: silent }, 'never repeat'),
    { userId: mine.user, botId: mine.bot_id },
    {
      channel: 'C1',
      mark: { run: 'FB-1', notice: 'card' },
      since: SINCE,
    },
  );

it('passes over a message of another app that carries the same metadata', async () => {
  pages = [[{ ts: '1.1', user: 'U0OTHER', bot_id: 'B0OTHER', metadata: card }]];
  expect(await find()).toBeUndefined();
});

it('passes over its own messages about other runs and other notices', async () => {
  pages = [
    [
      { ts: '1.1', ...mine, metadata: noticeMetadata({ run: 'FB-2', notice: 'card' }) },
      { ts: '1.2', ...mine, metadata: noticeMetadata({ run: 'FB-1', notice: 'end' }) },
      { ts: '1.3', ...mine },
    ],
  ];
  expect(await find()).toBeUndefined();
});

it('finds its own message on a later page', async () => {
  pages = [[{ ts: '1.1', ...mine }], [{ ts: '1.2', ...mine, metadata: card }]];
  expect(await find()).toBe('1.2');
});

it('asks from some minutes before the run began, with metadata', async () => {
  pages = [[]];
  await find();
  expect(asked[0]?.get('oldest')).toBe('1795182900.000000');
  expect(asked[0]?.get('include_all_metadata')).toBe('true');
});
