import { exitCodes, UserError } from '../errors.ts'
import { defineCommand } from './definition/command.ts'

export const command = defineCommand({
  name: 'check',
  group: 'Repository',
  does: 'Check that the repository is whole.',
  examples: ['check', 'check --read-data', 'check --read-data-subset 5%'],
  options: {
    readData: { does: 'read every byte of the repository', excludes: ['readDataSubset'] },
    readDataSubset: { value: 'part', does: 'read a part of it: 1/10 (the first tenth), 5%, 2G' },
  },
  needsConfig: true,
  run: async (context, { readData, readDataSubset }) => {
    const { check } = await import('../jobs/check.ts')
    const result = await check(context, { readData, readDataSubset })
    if (result.ok) {
      context.ui.summary(result, () => `The repository is whole${howFar(readData, readDataSubset)}.`)
      return exitCodes.done
    }
    context.ui.data(result, () => result.errors.join('\n'))
    throw new UserError({
      message: 'The repository is damaged',
      hint: 'Read https://restic.readthedocs.io/en/stable/077_troubleshooting.html before anything else; restic is at hand as `seatable-restic restic -- ARGS`.',
    })
  },
})

const howFar = (readData: boolean, part: string | undefined): string => {
  if (readData) return ', all its data was read'
  if (part !== undefined) return `, ${part} of its data was read`
  return '; its data was not read (--read-data)'
}
