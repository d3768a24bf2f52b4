import { chmod, lchown, mkdir, rename, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { removeTrees } from '../../directories/remove.ts'
import { RefusedDump, verifyDump } from '../../mysql/dump/verify.ts'
import { isThere, isWithin } from '../../paths.ts'
import { restore as resticRestore } from '../../restic/restore.ts'
import { bytesOfPaths } from '../../restic/size.ts'
import { stagingPath } from '../../staging/area.ts'
import { installationPath } from '../../staging/installation.ts'
import { type Manifest, manifestName } from '../../staging/manifest.ts'
import { makeForEverybody } from '../../staging/place-installation.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import { chooseForFolder, type FolderRequest } from './choose-for-folder.ts'
import { roomNear } from './measure.ts'
import { type RestorePlan, refuseLackOfSpace } from './plan.ts'

/** What was put into the folder. */
export interface FolderOutcome {
  readonly snapshot: string
  readonly instant: string
  readonly databases: readonly { readonly name: string; readonly tables: number; readonly rows: number }[]
  readonly dataPaths: readonly string[]
  readonly strategy: 'target'
  readonly target: string
  /** The directory with the extra paths and the small files of the installation; null when the folder has none. */
  readonly extra: string | null
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
export const planFolder = async (context: JobContext, request: FolderRequest): Promise<FolderPlan> =>
  planOf(context, await chooseForFolder({ ...context, looksOnly: true }, request))

const planOf = async (
  context: JobContext,
  chosen: Awaited<ReturnType<typeof chooseForFolder>>,
): Promise<FolderPlan> => {
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
  const extra = join(target, 'extra')
  const hasExtra = hasSetup || extras.length > 0
  const refused: string[] = []

  const { space } = await step(report, 'Measuring the snapshot', () => planOf(context, chosen))
  refuseLackOfSpace({ space, strategy: 'aside' }, 'Nothing was fetched. Free space there, or name another directory.')
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
        const message = await refusalOf(join(workspace, staging, database.file), database, signal)
        if (message === null) continue
        report({ type: 'warning', message })
        refused.push(message)
      }
    })
    if (hasExtra) await makeForEverybody(extra)
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
    extra: hasExtra ? extra : null,
    downtimeSeconds: 0,
    durationSeconds: (now().getTime() - began.getTime()) / 1000,
    previous: null,
    warnings: [...warnings, ...refused],
  }
}

/** What a restore into a database would refuse of a dump; nothing of it is sent to a server here. Null: nothing. */
const refusalOf = (...dump: Parameters<typeof verifyDump>): Promise<string | null> =>
  verifyDump(...dump).then(
    () => null,
    (error: Error) => {
      if (error instanceof RefusedDump) return error.message
      throw error
    },
  )

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
