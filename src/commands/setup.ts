import { exitCodes, UserError } from '../errors.ts'
import { defineCommand } from './definition/command.ts'
import { planned } from './definition/options.ts'

const keepings = ['short', 'usual', 'long']

export const command = defineCommand({
  name: 'setup',
  group: 'Configuration and help',
  does: 'Go from nothing to a first proven backup and a schedule, step by step.',
  examples: [
    'setup',
    'setup --repository sftp:backup@nas:/seatable --keep long --backup-at 02:30',
    'setup --repository /srv/backup/seatable --yes   asks nothing, for scripts',
  ],
  options: {
    repository: { value: 'where', does: 'where snapshots are kept: a directory, or what restic calls a repository' },
    passwordFile: {
      value: 'file',
      completes: 'files',
      does: 'a file with the password of the repository, instead of a new password',
    },
    keep: { value: 'how-long', does: `how long snapshots are kept: ${keepings.join(', ')}` },
    backupAt: { value: 'times', does: 'when a backup is made, such as 03:00' },
    notifyFile: { value: 'file', completes: 'files', does: 'a file with the addresses that are told of failures' },
    withoutSchedule: { does: 'let nothing run by itself' },
    ...planned,
  },
  // It makes one.
  needsConfig: false,
  refuse: ({ keep }) => {
    if (keep === undefined || keep === '' || keepings.includes(keep)) return
    throw new UserError({
      message: `--keep is ${keepings.join(', ')}, and not ${keep}`,
      hint: 'See docs/setup.md; every KEEP setting can be changed in the env file later.',
      exitCode: exitCodes.usage,
    })
  },
  run: async (context, given) => (await import('./setup/run.ts')).runSetup(context, given),
})
