import { lstat, stat } from 'node:fs/promises'

/** Whether something has this name, be it a link that leads nowhere; false also where nobody may look. */
export const isThere = (path: string): Promise<boolean> => succeeds(lstat(path))

/** The same, but of a link, whether it leads to something. */
export const leadsToSomething = (path: string): Promise<boolean> => succeeds(stat(path))

const succeeds = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  )

/** Whether a path is this folder, or lies in it. Both are absolute and without `..`; nothing is looked at. */
export const isWithin = (path: string, folder: string): boolean =>
  folder === '/' || path === folder || path.startsWith(`${folder}/`)
