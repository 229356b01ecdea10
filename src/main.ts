import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { readEnvironment } from './config/environment.ts';
import { FirebreakError, toFirebreakError } from './core/firebreak-error.ts';
import { createRedactor } from './runtime/redactor.ts';

const USAGE = `firebreak serve                            take commands from Slack and run what is approved
firebreak migrate                          bring the database's schema up to date, as its owner
firebreak check [CLUSTER…] [--write]       look at clusters, evidence store and Slack, and say what would fail;
                                           --write: put an object into the store and try to delete it
firebreak undo RUN --as USER [--reason TEXT] [--wait]
                                           put back what a run changed, without Slack, under its channel's rules;
                                           USER: a Slack user's id; --wait: until it is approved and done
firebreak permissions [CLUSTER] [--identity read|act|node] [--verbs a,b] [--direct]
                                           print the least that the verbs need of a cluster, as YAML;
                                           --direct: without impersonation
firebreak audit verify [--anchor SEQ:HASH] [--file EXPORT]
                                           check the chain, or an export's, and name the first broken row
firebreak audit export                     write the trail as JSONL to stdout
`;

const packageSchema = z.object({ version: z.string() });

/** Each command loads only what it needs. */
const main = async ([command, ...args]: readonly string[]): Promise<number> => {
  const environment = readEnvironment(process.env);
  const manifest: unknown = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  const { version } = packageSchema.parse(manifest);
  switch (command) {
    case 'serve':
      return (await import('./commands/serve.ts')).runServe({ environment, variables: process.env, version });
    case 'migrate':
      return (await import('./commands/migrate.ts')).runMigrate(environment);
    case 'check':
      return (await import('./commands/check.ts')).runCheck({
        environment,
        variables: process.env,
        version,
        args,
      });
    case 'undo':
      return (await import('./commands/undo.ts')).runUndo({
        environment,
        variables: process.env,
        version,
        args,
      });
    case 'permissions':
      return (await import('./commands/permissions.ts')).runPermissions(environment, args);
    case 'audit':
      return (await import('./commands/audit.ts')).runAudit(environment, args);
    case '--version':
      process.stdout.write(`${version}\n`);
      return 0;
    case undefined:
    case 'help':
    case '--help':
      process.stdout.write(USAGE);
      return 0;
    default:
      throw new FirebreakError({
        code: 'command-invalid',
        message: `There is no command ${command}.`,
        next: `There are:\n${USAGE}`,
      });
  }
};

/** Whatever was thrown may quote a URL with its password. */
const redact = createRedactor([
  process.env['DATABASE_URL'],
  process.env['DATABASE_MIGRATE_URL'],
  process.env['SLACK_BOT_TOKEN'],
  process.env['SLACK_APP_TOKEN'],
  process.env['SLACK_SIGNING_SECRET'],
]);

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (thrown) {
  const error = toFirebreakError(thrown);
  process.stderr.write(`${error.sentence}\n`);
  if (error.code === 'unexpected')
    process.stderr.write(`${redact(String(thrown instanceof Error ? thrown.stack : thrown))}\n`);
  process.exitCode = 1;
}
// What could not be stopped in time ends here; `serve` writes its log synchronously.
if (process.argv[2] === 'serve') process.exit();
