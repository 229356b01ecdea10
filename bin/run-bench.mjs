import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { becomeNode } from './become-node.mjs';

const BENCH = join(dirname(dirname(fileURLToPath(import.meta.url))), 'bench');

/**
 * Runs the benchmarks. What they compare with is a package of its own, which only they need.
 *
 * @param {readonly string[]} args
 */
export function bench(args) {
  if (existsSync(join(BENCH, 'node_modules'))) becomeNode([join(BENCH, 'main.ts'), ...args]);
  process.stderr.write(
    'The benchmarks compare Firebreak with other clients, which are not installed: run `npm ci --prefix bench` first.\n',
  );
  process.exitCode = 1;
}
