import { spawnSync } from 'node:child_process';

type Command = readonly [string, ...string[]];

const PREFIX: Command = ['setpriv', '--pdeathsig', 'QUIT'];

/**
 * Lets the kernel send SIGQUIT to a server when its parent dies, by kill -9 too: a run of tests that was killed leaves nothing running.
 * It is PR_SET_PDEATHSIG, set by setpriv(1); where that is missing, the command as it is.
 */
export function endWithParent(command: Command): Command {
  const [program, ...args] = PREFIX;
  return spawnSync(program, [...args, 'true'], { stdio: 'ignore' }).status === 0
    ? [...PREFIX, ...command]
    : command;
}
