import './require-node.mjs';

import('./run-bench.mjs').then(({ bench }) => bench(process.argv.slice(2)));
