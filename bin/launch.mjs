import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { becomeNode } from './become-node.mjs';
import { dataFolder, restrictedNode } from './restricted-node.mjs';

// A closed terminal is a reason to stop in order.
const FORWARDED_SIGNALS = { SIGTERM: 'SIGTERM', SIGINT: 'SIGINT', SIGHUP: 'SIGTERM' };
const COMMANDS_WITH_DATABASE = ['serve', 'migrate', 'audit', 'undo'];

/**
 * Runs one Firebreak command. With DATABASE_URL, or for a command that needs no database, this process becomes that command. Otherwise it
 * starts the embedded database, runs the command as its child, and stops the database with it.
 *
 * @param {readonly string[]} args what follows `firebreak` on the command line
 */
export async function launch(args) {
  if (process.env.DATABASE_URL || (args[0] === 'migrate' && process.env.DATABASE_MIGRATE_URL))
    return become(args);
  if (!needsDatabase(args)) return become(args);
  process.exitCode = await runOnEmbeddedDatabase(args);
}

// An export is verified without the database it came from.
function needsDatabase([command, ...options]) {
  return COMMANDS_WITH_DATABASE.includes(command) && !options.some((option) => /^--file\b/.test(option));
}

function become(args) {
  const program = restrictedNode(args, process.env);
  becomeNode(program.args, program.env);
}

async function runOnEmbeddedDatabase(args) {
  const stop = new AbortController();
  let child;
  for (const [signal, forwarded] of Object.entries(FORWARDED_SIGNALS)) {
    process.on(signal, () => (child === undefined ? stop.abort(signal) : child.kill(forwarded)));
  }

  async function run(command, database) {
    const env = { ...process.env, DATABASE_URL: database.serveUrl, DATABASE_MIGRATE_URL: database.ownerUrl };
    const program = restrictedNode(command, env);
    const follow = `--import=${import.meta.resolve('./follow-parent.mjs')}`;
    // detached: Ctrl-C in a terminal would reach the child twice, from the terminal and from here.
    child = spawn(process.execPath, [follow, ...program.args], {
      env: program.env,
      detached: true,
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    });
    const [code, signal] = await once(child, 'exit');
    child = undefined;
    return code ?? 128 + constants.signals[signal];
  }

  let database;
  try {
    // Installed for development only; an installation without it has DATABASE_URL.
    const { startDatabase } = await import('../sandbox/postgres/start-database.ts');
    database = await startDatabase({ dataDir: dataFolder(process.env), signal: stop.signal });
    if (args[0] === 'serve') {
      const migrated = await run(['migrate'], database);
      if (migrated !== 0) return migrated;
    }
    if (stop.signal.aborted) return 128 + constants.signals[stop.signal.reason];
    return await run(args, database);
  } catch (error) {
    if (stop.signal.aborted) return 128 + constants.signals[stop.signal.reason];
    console.error(error instanceof Error ? error.message : error);
    return 1;
  } finally {
    await database?.close();
  }
}
