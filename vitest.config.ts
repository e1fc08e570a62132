import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    restoreMocks: true,
    disableConsoleIntercept: true,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
