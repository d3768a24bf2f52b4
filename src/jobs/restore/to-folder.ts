import { chmod, lchown, mkdir, readdir, rename, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { removeTrees } from '../../directories/remove.ts'
import { exitCodes, UserError } from '../../errors.ts'
import { RefusedDump, verifyDump } from '../../mysql/dump/verify.ts'
import { isThere, isWithin } from '../../paths.ts'
import { nodeTypes } from '../../restic/ls.ts'
import { openRestic, type Restic } from '../../restic/open.ts'
import { restore as resticRestore } from '../../restic/restore.ts'
import { bytesOfPaths } from '../../restic/stats.ts'
import { stagingPath } from '../../staging/area.ts'
import { installationPath } from '../../staging/installation.ts'
import { type Manifest, manifestName } from '../../staging/manifest.ts'
import { makeForEverybody } from '../../staging/place-installation.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { type Choice, chooseSnapshot } from '../snapshots/choose.ts'
import { type Selection, selectParts } from '../snapshots/selection.ts'
import { roomNear } from './measure.ts'
import type { RestorePlan } from './plan.ts'

export interface FolderRequest {
  readonly choice: Choice
  readonly selection: Selection
  /** An absolute path: a directory that is absent or empty. */
  readonly target: string
}

/** What was put into the folder. */
export interface FolderOutcome {
  readonly snapshot: string
  readonly instant: string
  readonly databases: readonly { readonly name: string; readonly tables: number; readonly rows: number }[]
  readonly dataPaths: readonly string[]
  readonly strategy: 'target'
  readonly target: string
  readonly downtimeSeconds: 0
  readonly durationSeconds: number
  readonly previous: null
  readonly warnings: readonly string[]
}

/** What would be put into the folder. Sizes in bytes. */
export interface FolderPlan {
  readonly dryRun: true
  readonly snapshot: string
  readonly instant: string
  readonly strategy: 'target'
  readonly target: string
  readonly databases: readonly {
    readonly name: string
    readonly tables: number
    readonly rows: number
    readonly bytes: number
    /** The file that it would be. */
    readonly to: string
  }[]
  readonly directories: readonly { readonly name: string; readonly to: string; readonly bytes: number }[]
  /** Other paths of the snapshot: they come along when everything is restored. */
  readonly extraPaths: readonly { readonly path: string; readonly to: string; readonly bytes: number }[]
  /** Small files of the installation that are in no extra path. */
  readonly installation: readonly { readonly path: string; readonly to: string; readonly bytes: number }[]
  readonly space: RestorePlan['space']
  readonly warnings: readonly string[]
}

/** The plan alone: nothing is fetched but the manifest, and nothing is made. */
export const planFolder = async (context: JobContext, request: FolderRequest): Promise<FolderPlan> => {
  const chosen = await chooseForFolder({ ...context, looksOnly: true }, request)
  const { restic, target, snapshot, manifest, databases, directories, extras, hasSetup } = chosen
  const paths = [...directories.map(({ path }) => path), ...extras]
  const sizes = await bytesOfPaths(restic, snapshot.id, paths, { signal: context.signal })
  const put = directories.map(({ name }, index) => ({ name, to: join(target, name), bytes: sizes[index] ?? 0 }))
  const extraPaths = extras.map((path, index) => ({
    path,
    to: join(target, 'extra', path),
    bytes: sizes[directories.length + index] ?? 0,
  }))
  const isInExtra = (path: string) => extras.some((extra) => isWithin(path, extra))
  const installation = (hasSetup ? (manifest.installation ?? []) : [])
    .filter(({ kind, path }) => kind === 'file' && !isInExtra(path))
    .map(({ path, size }) => ({ path, to: join(target, 'extra', path), bytes: size }))
  const needed = [...databases, ...put, ...extraPaths, ...installation].reduce((sum, { bytes }) => sum + bytes, 0)
  return {
    dryRun: true,
    snapshot: snapshot.id,
    instant: manifest.instant,
    strategy: 'target',
    target,
    databases: databases.map(({ name, tables, rows, bytes, file }) => ({
      name,
      tables: tables.length,
      rows,
      bytes,
      to: join(target, file),
    })),
    directories: put,
    extraPaths,
    installation,
    space: [{ what: 'all of it', path: target, needed, ...(await roomNear(target)), estimate: false }],
    warnings: chosen.warnings,
  }
}

/**
 * Puts the dumps (`<name>.sql`), the manifest and the directories of a snapshot into a folder, verified, and touches
 * nothing live. Extra paths lie in `extra/`, below their whole path.
 */
export const restoreToFolder = async (context: JobContext, request: FolderRequest): Promise<FolderOutcome> => {
  const { config, report, signal, now } = context
  const began = now()
  const chosen = await chooseForFolder(context, request)
  const { restic, target, snapshot, manifest, databases, directories, extras, hasSetup, warnings } = chosen
  const staging = stagingPath(config.stateDir)
  const workspace = join(target, '.partial')
  const refused: string[] = []

  await mkdir(target, { recursive: true, mode: 0o700 })
  try {
    const moves = [
      ...databases.map(({ file }) => ({ from: join(staging, file), to: file })),
      { from: join(staging, manifestName), to: manifestName },
      ...directories.map(({ name, path }) => ({ from: path, to: name })),
    ]
    const includes = [...moves.map(({ from }) => from), ...extras, ...(hasSetup ? [installationPath(staging)] : [])]
    await step(report, `Restoring into ${target}`, () =>
      resticRestore(
        restic,
        { snapshotId: snapshot.id, target: workspace, includes, verify: true },
        { signal, onProgress: ({ percent }) => report({ type: 'progress', unit: 'percent', done: percent }) },
      ),
    )
    await step(report, 'Verifying the dumps', async () => {
      for (const database of databases) {
        await verifyDump(join(workspace, staging, database.file), database, signal).catch((error: Error) => {
          // Nothing of it is sent to a server here.
          if (!(error instanceof RefusedDump)) throw error
          report({ type: 'warning', message: error.message })
          refused.push(error.message)
        })
      }
    })
    const extra = join(target, 'extra')
    if (hasSetup || extras.length > 0) await makeForEverybody(extra)
    for (const { from, to } of moves) await rename(join(workspace, from), join(target, to))
    for (const path of extras) await moveWithParents(join(workspace, path), join(extra, path), extra)
    if (hasSetup) await moveSetup(join(workspace, installationPath(staging)), extra, manifest)
  } finally {
    // Everything is in its place by then, or another error says what is not.
    await removeTrees([workspace], config.environment.tools).catch(({ message }: Error) =>
      report({ type: 'warning', message }),
    )
  }
  return {
    snapshot: snapshot.id,
    instant: manifest.instant,
    databases: databases.map(({ name, tables, rows }) => ({ name, tables: tables.length, rows })),
    dataPaths: directories.map(({ name }) => join(target, name)),
    strategy: 'target',
    target,
    downtimeSeconds: 0,
    durationSeconds: (now().getTime() - began.getTime()) / 1000,
    previous: null,
    warnings: [...warnings, ...refused],
  }
}

/** The folder is private; directories in it are as in the snapshot, so that `cp -a extra/. /` locks nobody out. */
const moveWithParents = async (from: string, to: string, base: string): Promise<void> => {
  const missing: { readonly made: string; readonly like: string }[] = []
  for (let [made, like] = [dirname(to), dirname(from)]; made !== base && !(await isThere(made)); ) {
    missing.unshift({ made, like })
    ;[made, like] = [dirname(made), dirname(like)]
  }
  for (const { made, like } of missing) {
    await mkdir(made)
    const { mode, uid, gid } = await stat(like)
    await lchown(made, uid, gid).catch(() => {})
    await chmod(made, mode & 0o7777)
  }
  await rename(from, to)
}

/** What of the staged installation is not there already as an extra path. */
const moveSetup = async (from: string, to: string, { installation = [] }: Manifest): Promise<void> => {
  for (const { path } of installation) {
    if (await isThere(join(to, path))) continue
    await moveWithParents(join(from, path), join(to, path), to)
  }
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
const chooseForFolder = async (context: JobContext, { choice, selection, target: given }: FolderRequest) => {
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
