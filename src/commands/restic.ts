import { type ExitCode, exitCodes, UserError } from '../errors.ts'
import { defineCommand } from './definition/command.ts'

export const command = defineCommand({
  name: 'restic',
  group: 'Repository',
  does: "Run restic itself with this configuration's environment.",
  examples: ['restic -- stats --mode raw-data', 'restic -- mount /mnt/restic'],
  usage: '[OPTIONS] -- ARGS...',
  arguments: {
    args: { rest: true, does: 'what restic gets' },
  },
  needsConfig: true,
  refuse: (_given, { json }) => {
    if (json !== true) return
    throw new UserError({
      message: '--json before what restic gets says nothing: restic does the printing',
      hint: 'Put it behind `--`.',
      exitCode: exitCodes.usage,
    })
  },
  // Hands the terminal to restic; its exit code becomes ours.
  run: async ({ config, signal, ui }, { args }) => {
    const { passThrough } = await import('../restic/pass-through.ts')
    ui.finish()
    // What restic may return is restic's to say.
    return (await passThrough(config.environment.restic, args, { signal })) as ExitCode
  },
})
