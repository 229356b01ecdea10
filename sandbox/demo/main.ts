import { parseArgs } from 'node:util';
import { playIncident } from './play-incident.ts';
import { runTerminal } from './terminal.ts';

const { values } = parseArgs({ options: { headless: { type: 'boolean', default: false } } });
const dataDir = process.env['FIREBREAK_DATA_DIR'] || '.firebreak';
const databaseUrl = process.env['DATABASE_URL'];
const options = { dataDir, ...(databaseUrl === undefined || databaseUrl === '' ? {} : { databaseUrl }) };

process.exitCode = values.headless ? await playIncident(options) : await runTerminal(options);
