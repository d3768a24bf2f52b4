import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

/** Runs `work` while a folder is a filesystem of this size, in memory. Needs root. */
export const onSmallDisk = async (megabytes: number, dir: string, work: () => Promise<void>): Promise<void> => {
  await mkdir(dir, { recursive: true })
  await execa('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir])
  try {
    await work()
  } finally {
    await execa('umount', [dir])
  }
}

/** Leaves no room on a small disk. */
export const fill = async (dir: string): Promise<void> => {
  await writeFile(join(dir, 'other'), Buffer.alloc(64 * 1024 * 1024)).catch(() => {})
}
