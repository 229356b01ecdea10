import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { vendorAgent } from './vendor-agent.ts';

test("a proxy's URL that can't be read is said without its password", () => {
  let thrown: unknown;
  try {
    vendorAgent({ HTTPS_PROXY: 'http://user:s3cret-w0rd@host:99999' });
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ code: 'config-invalid', message: expect.stringContaining('HTTPS_PROXY') });
  expect(inspect(thrown, { depth: 9 })).not.toContain('s3cret');
});

test('certificates are verified, whatever the process was told', () => {
  expect(vendorAgent({}).options.rejectUnauthorized).toBe(true);
});
