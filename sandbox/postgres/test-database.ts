import { inject } from 'vitest';
import { z } from 'zod';
import type { DatabaseUrls } from './test-server.ts';

/** A database of one test file, with the schema migrated and nothing else in it. */
export type TestDatabase = DatabaseUrls & AsyncDisposable & { close(): Promise<void> };

const urls = z.object({ adminUrl: z.url(), ownerUrl: z.url(), serveUrl: z.url() });

/** Clones the migrated database, in some 50 ms after the run's first. Every caller gets its own; `close` drops it, open sessions included. */
export async function testDatabase(): Promise<TestDatabase> {
  const service = inject('testDatabases');
  const response = await fetch(service, { method: 'POST' });
  if (!response.ok) throw new Error(`No test database: ${await response.text()}`);
  const made = urls.parse(await response.json());
  const close = async (): Promise<void> => {
    const name = new URL(made.ownerUrl).pathname.slice(1);
    await fetch(`${service}?database=${name}`, { method: 'DELETE' });
  };
  return { ...made, close, [Symbol.asyncDispose]: close };
}
