import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeDurably } from '../../staging/area.ts'

/** Writes a file that its owner alone can read, whole or not at all; its folder is made for the owner alone. */
export const writePrivately = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeDurably(path, text)
}
