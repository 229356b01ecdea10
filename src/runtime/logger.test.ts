import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const LOGGER = new URL('./logger.ts', import.meta.url).href;
const REDACTOR = new URL('./redactor.ts', import.meta.url).href;

/** A process of its own, since the logger writes to its stdout. */
const logged = async (statement: string): Promise<string> => {
  const program = `
    import { createLogger } from '${LOGGER}';
    import { createRedactor } from '${REDACTOR}';
    const redact = createRedactor(['a "quoted" secret']);
    const log = createLogger({ level: 'info', redact });
    ${statement}`;
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program]);
  return stdout;
};

test('a line says what happened, without the secrets in its facts, its sentence and its error', async () => {
  const line = await logged(`log.warn(
    { header: 'Bearer abcdefghijkl', given: 'a "quoted" secret', err: new Error('refused xoxb-123456789', { cause: new Error('a "quoted" secret') }) },
    'sent a "quoted" secret');`);
  expect(JSON.parse(line)).toMatchObject({
    level: 40,
    header: '[redacted]',
    given: '[redacted]',
    err: { message: expect.stringContaining('refused [redacted]') },
    msg: 'sent [redacted]',
  });
  expect(line).not.toMatch(/quoted|123456789|abcdefgh/);
});

test('a process that ends at once has said why', async () => {
  expect(
    await logged(`log.fatal({}, 'the end'); process.kill(process.pid, 'SIGKILL');`).catch(
      ({ stdout }) => stdout,
    ),
  ).toContain('"msg":"the end"');
});
