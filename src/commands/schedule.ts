import { exitCodes, UserError } from '../errors.ts'
import { defineCommand } from './definition/command.ts'
import { flagOf, planned } from './definition/options.ts'

const optionsOf = {
  install: ['dryRun', 'yes', 'withoutBackup', 'withBackup'],
  remove: ['dryRun', 'yes'],
  show: [],
  run: ['withoutBackup'],
} as const

export const command = defineCommand({
  name: 'schedule',
  group: 'Backup',
  does: 'Let this host back up, drill and check by itself.',
  examples: [
    'schedule install   a timer of systemd, or a line of cron; shows what it writes, and asks',
    'schedule show      what is due when, and what else here calls this program',
    'schedule run       does what is due, one after the other, and nothing else',
    'schedule remove    takes away what install wrote',
  ],
  arguments: {
    action: { does: 'what to do', choices: ['install', 'remove', 'show', 'run'] },
  },
  options: {
    ...planned,
    withoutBackup: {
      does: 'install, run: leave backup and forget to what makes them already',
      excludes: ['withBackup'],
    },
    withBackup: { does: 'install: make backups even if something else here makes them' },
  },
  // A run must tell what is wrong with the settings as a backup does that fails of it.
  needsConfig: false,
  refuse: ({ action, ...given }) => {
    const allowed: readonly string[] = optionsOf[action]
    const other = Object.entries(given).find(([key, value]) => value && !allowed.includes(key))
    if (other === undefined) return
    throw new UserError({
      message: `${flagOf(other[0])} says nothing to \`schedule ${action}\``,
      hint: 'See `seatable-restic schedule --help`.',
      exitCode: exitCodes.usage,
    })
  },
  run: async (context, { action, ...given }) => {
    switch (action) {
      case 'install':
        return (await import('./schedule/install.ts')).installSchedule(context, given)
      case 'remove':
        return (await import('./schedule/remove.ts')).removeSchedule(context, given)
      case 'show':
        return (await import('./schedule/show.ts')).showSchedule(context)
      case 'run':
        return (await import('./schedule/run.ts')).runSchedule(context, given)
    }
  },
})
