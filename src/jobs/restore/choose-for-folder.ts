import { readdir } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { exitCodes, UserError } from '../../errors.ts'
import { isWithin } from '../../paths.ts'
import { nodeTypes } from '../../restic/ls.ts'
import { openRestic, type Restic } from '../../restic/open.ts'
import type { Manifest } from '../../staging/manifest.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { type Choice, chooseSnapshot } from '../snapshots/choose.ts'
import { type Selection, selectParts } from '../snapshots/selection.ts'

export interface FolderRequest {
  readonly choice: Choice
  readonly selection: Selection
  /** An absolute path: a directory that is absent or empty. */
  readonly target: string
}

/** A wrapper may not have saved an extra path: what is staged of it comes from there. */
const extrasIn = async (
  restic: Restic,
  snapshotId: string,
  manifest: Manifest,
  { report, signal }: JobContext,
): Promise<string[]> => {
  const types = await nodeTypes(restic, snapshotId, extrasOf(manifest), { signal })
  const staged = manifest.installation?.map(({ path }) => path) ?? []
  return extrasOf(manifest).filter((path) => {
    const message = `${path} is not in the snapshot`
    if (!types.has(path) && !staged.includes(path)) report({ type: 'warning', message })
    return types.has(path)
  })
}

/** Looks at the folder and the snapshot, and changes neither. Extra paths belong to a whole restore only. */
export const chooseForFolder = async (context: JobContext, { choice, selection, target: given }: FolderRequest) => {
  const { config, report, signal } = context
  const target = resolve(given)
  await refuseFullFolder(target)
  return step(report, 'Looking for the snapshot', async () => {
    const restic = await openRestic(config.environment.restic, { signal })
    const { snapshot, manifest, warnings } = await chooseSnapshot(restic, choice, context)
    const whole = selection.databases.length === 0 && selection.directories.length === 0
    const extras = whole ? await extrasIn(restic, snapshot.id, manifest, context) : []
    const hasSetup = whole && (manifest.installation ?? []).length > 0
    return { hasSetup, restic, target, snapshot, manifest, warnings, extras, ...selectParts(manifest, selection) }
  })
}

/** An extra path inside a data directory, or inside another extra path, is there with that one already. */
const extrasOf = ({ dataPaths, extraPaths }: Pick<Manifest, 'dataPaths' | 'extraPaths'>): string[] => {
  return [...new Set(extraPaths)].filter(
    (path) =>
      !dataPaths.some((directory) => isWithin(path, directory.path)) &&
      !extraPaths.some((other) => other !== path && isWithin(path, other)),
  )
}

/** Files of a snapshot must not mix with others. */
const refuseFullFolder = async (target: string): Promise<void> => {
  const entries = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new UserError({
      message: `${target} cannot be used: ${error.message}`,
      hint: 'Name a directory.',
      exitCode: exitCodes.usage,
    })
  })
  if (entries.length === 0) return
  throw new UserError({
    message: `The directory ${target} is not empty (${basename(entries[0] ?? '')}, …)`,
    hint: 'Name a directory that is empty or does not exist yet.',
    exitCode: exitCodes.usage,
  })
}
