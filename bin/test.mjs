import './require-node.mjs';

import('./vitest.mjs').then(({ vitest }) => vitest(process.argv.slice(2)));
