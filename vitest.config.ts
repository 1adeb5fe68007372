import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // tshark and the corpus take their time on a small machine.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: {
      include: ['src/headers/**', 'src/packet/**'],
      reporter: ['text-summary'],
      thresholds: { branches: 97 },
    },
  },
});
