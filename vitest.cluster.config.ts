import { defineConfig } from 'vitest/config';

/** The acceptance suite against the real cluster in TEST_KUBECONFIG. Its files share that cluster, so they run one after the other. */
export default defineConfig({
  test: {
    include: ['test/cluster/**/*.test.ts'],
    globalSetup: ['sandbox/postgres/test-database-service.ts'],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
