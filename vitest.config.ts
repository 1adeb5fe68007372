import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // A test may hang, no more is said by this: one of 6 s took 56 s on a machine with 12 busy processes.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    coverage: {
      include: ['src/headers/**', 'src/packet/**'],
      reporter: ['text-summary'],
      thresholds: { branches: 97 },
    },
  },
});
