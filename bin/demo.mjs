import './require-node.mjs';

import('../sandbox/demo/main.ts');
