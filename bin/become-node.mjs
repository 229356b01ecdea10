/**
 * Turns this process into another run of the same Node: same process id, so signals and the exit status need no forwarding.
 *
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} environment
 * @returns {never}
 */
export function becomeNode(args, environment = process.env) {
  // It says that execve is experimental, to people who can do nothing about it.
  process.removeAllListeners('warning');
  process.execve(process.execPath, [process.execPath, ...args], environment);
}
