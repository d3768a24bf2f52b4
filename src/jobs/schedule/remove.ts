import { rm } from 'node:fs/promises'
import type { JobContext } from '../context/job-context.ts'
import { lookAtHost } from './host.ts'
import { findFile } from './own-file.ts'
import { forgetSince } from './since.ts'
import { reload, stopTimer } from './systemd.ts'
import { allPaths, unitPaths } from './wanted-files.ts'

export interface RemovePlan {
  /** What `schedule install` wrote, and nobody has changed. */
  readonly removed: readonly string[]
  /** What it wrote and somebody has changed: it stays, and is called by nobody. */
  readonly edited: readonly string[]
}

export const planRemove = async (): Promise<RemovePlan> => {
  const files = await Promise.all(allPaths.map(findFile))
  const those = (standing: string) => files.filter((file) => file.standing === standing).map(({ path }) => path)
  return { removed: those('ours'), edited: those('edited') }
}

/** Takes away what was planned; what is none of ours is not touched. */
export const remove = async (
  { config }: Pick<JobContext, 'config'>,
  { removed, edited }: RemovePlan,
): Promise<void> => {
  const { tools } = config.environment
  const { systemd } = await lookAtHost(tools)
  const units = [...removed, ...edited].filter((path) => unitPaths.includes(path))
  if (systemd !== null && units.length > 0) await stopTimer(tools)
  for (const path of removed) await rm(path, { force: true })
  if (systemd !== null && units.length > 0) await reload(tools)
  await forgetSince(config.stateDir)
}
