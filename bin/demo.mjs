import './require-node.mjs';

void import('../sandbox/demo/main.ts');
