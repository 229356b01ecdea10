import { once } from 'node:events';
import { compose } from '../compose.ts';
import type { Environment } from '../config/environment.ts';
import { FirebreakError } from '../core/firebreak-error.ts';
import { knownSecrets } from '../known-secrets.ts';
import { createLogger } from '../runtime/logger.ts';
import { createRedactor } from '../runtime/redactor.ts';

export interface ServeInit {
  readonly environment: Environment;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly version: string;
}

/** Stopping gives runs back and closes connections; a second signal, or this long, ends the process at once. */
const STOP_DEADLINE_MS = 15_000;

/** Runs until SIGTERM or SIGINT. Throws `config-invalid` before anything is started. */
export const runServe = async ({ environment, variables, version }: ServeInit): Promise<number> => {
  if (process.permission === undefined || process.permission.has('child'))
    throw new FirebreakError({
      code: 'config-invalid',
      message: 'Firebreak was started with the right to start other programs, so it does not serve.',
      next: 'Start it by `npm start` or the image, which run it under Node’s permission model.',
    });
  const redact = createRedactor(knownSecrets(environment, variables));
  const log = createLogger({ level: environment.LOG_LEVEL, redact });
  const firebreak = await compose({ environment, proxyEnvironment: variables, version, log });
  process.on('unhandledRejection', (err) => {
    log.fatal(
      { err },
      'A failure that nobody handled. Firebreak ends, so that it is started again in a known state.',
    );
    process.exitCode = 1;
    process.kill(process.pid, 'SIGTERM');
  });
  const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  try {
    await firebreak.start();
    await stopped;
    log.info({}, 'Firebreak is stopping; runs at work are handed to another replica.');
  } finally {
    await Promise.race([firebreak.stop(), once(AbortSignal.timeout(STOP_DEADLINE_MS), 'abort')]);
  }
  return Number(process.exitCode ?? 0);
};
