import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/environment/longest-first.ts'
import { suitesWithoutServers } from './test/without-servers/suites.ts'

const withoutServers = [...suitesWithoutServers()]

export default defineConfig({
  test: {
    // One more than two cores have, because programs wait for others; with four, all of them take longer.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    reporters: ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: withoutServers,
          // What they must not start is not found, here and in `npm test`.
          env: { PATH: `${resolve('test/without-servers/bin')}:${process.env.PATH}` },
          testTimeout: 60_000,
          // What they made is removed after them, also on a disk that is busy.
          hookTimeout: 60_000,
          // They share no state, and loading what they test takes longer than most of them.
          isolate: false,
          // A thread starts faster than a process.
          pool: 'threads',
        },
      },
      {
        test: {
          name: 'servers',
          include: ['test/**/*.test.ts'],
          globalSetup: 'test/environment/joined-program.ts',
          // What `npm run test:full` runs, and what the project above runs.
          exclude: ['test/full/**', ...withoutServers],
          // Real servers, real repositories: generous limits.
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
})
