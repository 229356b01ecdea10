import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'sandbox/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/cluster/**', 'node_modules/**'],
    // It starts nothing until a test asks for a database.
    globalSetup: ['sandbox/postgres/test-database-service.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
