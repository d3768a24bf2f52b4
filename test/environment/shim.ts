import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

/**
 * A folder with a program of one name that is a script of its own; `"$real"` in it is the program it stands for: `program`,
 * or the one that this machine has. Put it first on the PATH with `pathWith`.
 */
export const shim = async (folder: string, name: string, script: string, program?: string): Promise<string> => {
  const real = program ?? (await execa('sh', ['-c', `command -v ${name}`])).stdout
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, name), `#!/bin/sh\nreal='${real}'\n${script}\n`)
  await chmod(join(folder, name), 0o755)
  return folder
}

export const pathWith = (folder: string): { PATH: string } => ({ PATH: `${folder}:${process.env.PATH}` })
