import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{base,main,native-models,renderer,scripts}/**/*.test.{ts,tsx}'],
    // Models run in their own threads: one worker a core is already more than enough.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
