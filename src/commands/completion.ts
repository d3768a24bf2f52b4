import { exitCodes } from '../errors.ts'
import { defineCommand } from './definition/command.ts'

/** Where each shell looks for what it completes with. */
const installedBy = {
  bash: 'completion bash > /etc/bash_completion.d/seatable-restic',
  zsh: 'completion zsh > /usr/local/share/zsh/site-functions/_seatable-restic',
  fish: 'completion fish > /etc/fish/completions/seatable-restic.fish',
} as const

export const command = defineCommand({
  name: 'completion',
  group: 'Configuration and help',
  does: 'Print what a shell needs to complete commands, options, snapshots and databases at TAB.',
  examples: Object.values(installedBy),
  arguments: {
    shell: { does: 'which shell', choices: ['bash', 'zsh', 'fish'] },
  },
  needsConfig: false,
  run: async ({ ui, outside }, { shell }) => {
    const { scripts } = await import('./completion/scripts.ts')
    ui.data({ shell, script: scripts[shell] }, () => scripts[shell])
    const isShown = (outside.stdout as { isTTY?: boolean }).isTTY === true
    if (isShown) ui.note(`To have it in every new shell: seatable-restic ${installedBy[shell]}`)
    return exitCodes.done
  },
})
