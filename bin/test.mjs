import './require-node.mjs';

void import('./vitest.mjs').then(({ vitest }) => vitest(process.argv.slice(2)));
