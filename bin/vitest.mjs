import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { becomeNode } from './become-node.mjs';

/**
 * Runs Vitest once over the tree, with the arguments of the command line.
 *
 * @param {readonly string[]} args
 */
export function vitest(args) {
  const program = fileURLToPath(import.meta.resolve('vitest/package.json'));
  becomeNode([join(dirname(program), 'vitest.mjs'), 'run', ...args]);
}
