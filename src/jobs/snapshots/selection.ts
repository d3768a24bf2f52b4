import { exitCodes, UserError } from '../../errors.ts'
import type { Manifest } from '../../staging/manifest.ts'

/** What is asked for: everything, or only these databases and directories. */
export interface Selection {
  readonly databases: readonly string[]
  readonly directories: readonly string[]
}

export interface SelectedParts {
  readonly databases: readonly Manifest['databases'][number][]
  readonly directories: Manifest['dataPaths']
}

/** Databases and directories of the snapshot that are to be restored. Throws when it does not hold one that is named. */
export const selectParts = (manifest: Manifest, { databases, directories }: Selection): SelectedParts => {
  const whole = databases.length === 0 && directories.length === 0
  refuseUnknown('database', databases, manifest.databases)
  refuseUnknown('directory', directories, manifest.dataPaths)
  return {
    databases: manifest.databases.filter(({ name }) => whole || databases.includes(name)),
    directories: manifest.dataPaths.filter(({ name }) => whole || directories.includes(name)),
  }
}

const refuseUnknown = (kind: string, wanted: readonly string[], held: readonly { readonly name: string }[]): void => {
  const unknown = wanted.find((name) => !held.some((one) => one.name === name))
  if (unknown === undefined) return
  throw new UserError({
    message: `The snapshot holds no ${kind} named ${unknown}`,
    hint: `It holds: ${held.map(({ name }) => name).join(', ')}.`,
    exitCode: exitCodes.usage,
  })
}
