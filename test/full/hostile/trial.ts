import { readdir } from 'node:fs/promises'
import type { ProgramEnd } from '../../environment/installation.ts'
import { diffStates, type State } from '../../fixture/state.ts'
import { type Hostile, isNamedIn } from './configuration.ts'
import type { HostileSite } from './site.ts'

/**
 * A whole cycle under one configuration: it is exact, or it is refused before anything is touched by a message that
 * names what is in the way. Returns what is wrong, or null; `not taken` when no server has this configuration.
 */
export const trial = async (site: HostileSite, hostile: readonly Hostile[]): Promise<string | null | 'not taken'> => {
  const { installation } = site
  const saved = await site.state()

  const under = async (...args: string[]): Promise<ProgramEnd | null> => {
    try {
      return (await site.set(hostile)) ? await installation.run(...args) : null
    } finally {
      await site.reset()
    }
  }
  const refused = async (step: string, { stdout, stderr, exitCode }: ProgramEnd, before: State) => {
    const touched = diffStates(before, await site.state())
    if (touched.length > 0)
      return `${step} ended with ${exitCode} and touched what is live: ${touched.slice(0, 3).join('; ')}\n${stderr}`
    if ((await readdir(installation.stateDir)).includes('journal.json')) return `${step} stopped half way\n${stderr}`
    if (exitCode !== 1 && exitCode !== 2) return `${step} ended with ${exitCode}\n${stderr}`
    const text = stdout + stderr
    return hostile.some((one) => isNamedIn(one, text))
      ? null
      : `${step} was refused without a name\n${lastLines(stderr)}`
  }

  try {
    const backup = await under('backup', '--json')
    if (backup === null) return 'not taken'
    if (backup.exitCode !== 0) return await refused('the backup', backup, saved)
    const { snapshot } = JSON.parse(backup.stdout) as { snapshot: string }
    const changed = diffStates(saved, await site.state())
    if (changed.length > 0) return `the backup changed what is live: ${changed.slice(0, 3).join('; ')}`

    const drill = await under('drill', snapshot, '--json')
    if (drill?.exitCode !== 0 && drill) {
      const why = await refused('the drill', drill, saved)
      if (why !== null) return why
    }

    await site.damage()
    const damaged = await site.state()
    const restore = await under('restore', snapshot, '--yes', '--json')
    if (restore === null) return 'not taken'
    if (restore.exitCode !== 0) return await refused('the restore', restore, damaged)
    const wrong = diffStates(saved, await site.state())
    if (wrong.length > 0) return `the restore said 0, and is not exact: ${wrong.slice(0, 4).join('; ')}`

    const drop = await under('drop-previous', '--yes', '--json')
    if (drop && drop.exitCode !== 0) return `what was there before cannot be dropped\n${lastLines(drop.stderr)}`
    return null
  } finally {
    await site.installation.run('drop-previous', '--yes')
    await site.renew()
  }
}

const lastLines = (text: string): string => text.trim().split('\n').slice(-3).join('\n')
