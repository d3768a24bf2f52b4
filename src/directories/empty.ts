import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { removeTrees } from './remove.ts'
import { copyAttributes } from './swap.ts'
import { type DirectoryTarget, restoredPath } from './targets.ts'

/** Makes an empty directory, with owner, mode and times of the live one, where what is restored waits for the swap. */
export const makeEmptyAside = async (
  target: DirectoryTarget,
  environment: Readonly<Record<string, string>>,
): Promise<void> => {
  const path = restoredPath(target)
  await removeTrees([path], environment)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await mkdir(path)
  await copyAttributes(target.live, path)
}
