import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Whether a directory, or what it will be made in, is on the same filesystem as another. */
export const isOnSameDisk = async (path: string, other: string): Promise<boolean> => {
  const [one, two] = await Promise.all([deviceNear(path), deviceNear(other)])
  return one !== null && one === two
}

const deviceNear = async (path: string): Promise<number | null> => {
  const found = await stat(path).catch(() => null)
  if (found !== null) return found.dev
  return dirname(path) === path ? null : deviceNear(dirname(path))
}
