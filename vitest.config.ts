import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What `npm run test:full` runs.
    exclude: ['test/full/**'],
    // Real servers, real repositories: generous limits. One more than two cores have, because programs wait for others.
    testTimeout: 300_000,
    hookTimeout: 600_000,
    maxWorkers: 3,
    reporters: ['default'],
  },
})
