import { readFile } from 'node:fs/promises'

export interface Mount {
  readonly path: string
  /** `ext4`, `xfs`, `tmpfs` and others. */
  readonly type: string
}

/** As the kernel lists them: a bind mount can be on the same filesystem as the directory around it. */
export const readMounts = async (): Promise<Mount[]> =>
  (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ')
      return { path: unescaped(before.split(' ')[4] ?? ''), type: after.split(' ')[0] ?? '' }
    })

const unescaped = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
