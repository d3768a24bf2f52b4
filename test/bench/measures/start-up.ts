import { resolve } from 'node:path'
import { contenders } from '../figures.ts'
import { figuresOf, type Measure } from '../measure.ts'
import { inRounds } from '../rounds.ts'

/** How long one waits for the program to say anything. */
export const startUp: Measure = {
  name: 'start-up',
  sizes: [0],
  take: async (site, megabytes) => {
    const figure = figuresOf('start-up', megabytes)
    const program = resolve('dist/main.js')
    const started = async (...args: string[]) => (await site.run([process.execPath, ...args])).seconds * 1000
    const samples = await inRounds(
      { ...site, options: { ...site.options, rounds: site.options.rounds * 3 } },
      {
        version: () => started('--', program, '--version'),
        help: () => started('--', program, '--help'),
        node: () => started('--eval', '0'),
      },
    )
    return [
      figure('--version', contenders.ours, 'milliseconds', samples.version),
      figure('--help', contenders.ours, 'milliseconds', samples.help),
      figure('an empty program', contenders.node, 'milliseconds', samples.node),
    ]
  },
}
