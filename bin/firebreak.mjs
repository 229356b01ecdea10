#!/usr/bin/env node
import './require-node.mjs';

void import('./launch.mjs').then(({ launch }) => launch(process.argv.slice(2)));
