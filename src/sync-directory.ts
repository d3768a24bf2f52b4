import { open } from 'node:fs/promises'

/** Makes what was renamed in a directory, or into it, survive a power cut. */
export const syncDirectory = async (path: string): Promise<void> => {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
