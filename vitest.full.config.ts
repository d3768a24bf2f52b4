import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/full/**/*.test.ts'],
    globalSetup: 'test/environment/joined-program.ts',
    // Images are made and hundreds of cycles run: minutes where the other tests take seconds.
    testTimeout: 1_200_000,
    hookTimeout: 1_200_000,
    maxWorkers: 3,
  },
})
