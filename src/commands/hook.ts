import { exitCodes, UserError } from '../errors.ts'
import { defineCommand } from './definition/command.ts'

export const command = defineCommand({
  name: 'hook',
  group: 'Wrappers',
  does: 'What other restic wrappers call before and after their restic.',
  examples: [
    'hook pre-backup       leaves verified dumps in the staging area, or fails',
    'hook post-backup 0    removes them; the argument is the exit code of restic',
    'hook pre-restore      prints the directory that the wrapper must restore into',
    'hook post-restore     brings live what the wrapper has restored there',
  ],
  arguments: {
    name: { does: 'which hook', choices: ['pre-backup', 'post-backup', 'pre-restore', 'post-restore'] },
    status: { optional: true, does: 'the exit code of restic, for post-backup' },
  },
  options: {
    otherVersion: {
      does: 'post-restore: even if the databases have the schema of another SeaTable version, or are of another kind of server',
    },
  },
  needsConfig: true,
  refuse: ({ name, status, otherVersion }) => {
    if (name !== 'post-restore' && otherVersion) {
      throw usageError(
        `--other-version says nothing to the hook ${name}`,
        'Only `hook post-restore` restores anything.',
      )
    }
    if (name !== 'post-backup' && status !== undefined) {
      throw usageError(`The hook ${name} takes no status`, 'Only `hook post-backup` is told how restic has ended.')
    }
  },
  run: async (context, { name, status, otherVersion }) => {
    const hooks = await import('./hook/hooks.ts')
    switch (name) {
      case 'pre-backup':
        await hooks.beforeBackup(context)
        break
      case 'post-backup':
        await hooks.afterBackup(context, status)
        break
      case 'pre-restore':
        await hooks.beforeRestore(context)
        break
      case 'post-restore':
        await hooks.afterRestore(context, otherVersion)
    }
    return exitCodes.done
  },
})

const usageError = (message: string, hint: string): UserError =>
  new UserError({ message, hint, exitCode: exitCodes.usage })
