import { defineConfig } from 'vitest/config';

/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:9';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'sandbox/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/cluster/**', 'node_modules/**'],
    // It starts nothing until a test asks for a database.
    globalSetup: ['sandbox/postgres/test-database-service.ts'],
    // Most of the time of a scenario is waiting: several files side by side take less, even on two cores.
    maxWorkers: 4,
    testTimeout: 60_000,
    // What is waited for may take long on a machine with two cores.
    expect: { poll: { timeout: 10_000 } },
    hookTimeout: 60_000,
    // No test leaves the machine: default chains ask 169.254.169.254 within milliseconds.
    env: {
      AWS_EC2_METADATA_SERVICE_ENDPOINT: NOWHERE,
      GCE_METADATA_HOST: new URL(NOWHERE).host,
      AZURE_POD_IDENTITY_AUTHORITY_HOST: NOWHERE,
    },
  },
});
