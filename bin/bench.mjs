import './require-node.mjs';

void import('./run-bench.mjs').then(({ bench }) => bench(process.argv.slice(2)));
