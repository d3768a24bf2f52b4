import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { sizeOfTrees } from '../../directories/size.ts'
import type { DirectoryTarget } from '../../directories/targets.ts'
import { UserError } from '../../errors.ts'
import { isThere } from '../../paths.ts'
import { landingPath, stagingPath } from '../../staging/area.ts'
import { type Manifest, manifestName, parseManifest } from '../../staging/manifest.ts'
import { connect } from '../context/connect.ts'
import type { JobContext } from '../context/job-context.ts'
import { step } from '../context/step.ts'
import type { SelectedParts } from '../snapshots/selection.ts'
import { roomNear } from './measure.ts'
import type { RestorePlan } from './plan.ts'
import { type Prepared, prepare, type Unmeasured } from './prepare.ts'

/** Everything known of what a wrapper has restored before anything of it is brought live. */
export type PreparedLanding = Prepared<Unmeasured & Pick<RestorePlan, 'space'>>

/**
 * Reads what a wrapper has restored into the landing area, looks at what is live, and plans, as a restore of a snapshot
 * does. Parts that the wrapper did not restore are left out, with a warning. Nothing is touched.
 */
export const prepareLanded = async (context: JobContext): Promise<PreparedLanding> => {
  const { config, report } = context
  const landing = landingPath(config.stateDir)
  const manifest = await readLanded(config.stateDir)
  const parts = {
    databases: await landed(manifest.databases, ({ file }) => join(landing, stagingPath(config.stateDir), file)),
    directories: await landed(manifest.dataPaths, ({ path }) => join(landing, path)),
  }
  warnOfMissing(context, manifest, parts)
  return step(report, 'Looking at what is live', async () => {
    const prepared = await prepare(context, await connect(context), {
      snapshot: 'unknown',
      manifest,
      parts,
      named: [],
      warnings: manifest.warnings,
      inPlace: false,
      inPieces: [],
      mayBeInPlace: false,
    })
    const space = await measureLanded(context, landing, prepared.targets)
    return { ...prepared, plan: { ...prepared.plan, space } }
  })
}

const readLanded = async (stateDir: string): Promise<Manifest> => {
  const staging = stagingPath(stateDir)
  const landing = landingPath(stateDir)
  const text = await readFile(join(landing, staging, manifestName), 'utf8').catch(() => null)
  if (text !== null) return parseManifest(text)
  if (await isThere(join(staging, manifestName))) {
    throw new UserError({
      message: 'The wrapper has restored to / : it has overwritten live files, and the databases are as they were',
      hint: `Restore once more with ${landing} as the target; then this hook brings files and databases live together.`,
    })
  }
  throw new UserError({
    message: `Nothing that can be restored lies in the landing area ${landing}`,
    hint: `Let the wrapper restore with ${landing} as the target, the staging area ${staging} included.`,
  })
}

const landed = async <Part>(parts: readonly Part[], pathOf: (part: Part) => string): Promise<Part[]> => {
  const found: Part[] = []
  for (const part of parts) if (await isThere(pathOf(part))) found.push(part)
  return found
}

const warnOfMissing = ({ report }: JobContext, manifest: Manifest, { databases, directories }: SelectedParts): void => {
  const missing = [
    ...manifest.databases.filter((database) => !databases.includes(database)).map(({ name }) => `database ${name}`),
    ...manifest.dataPaths.filter((path) => !directories.includes(path)).map(({ name }) => `directory ${name}`),
  ]
  if (missing.length === 0) return
  report({
    type: 'warning',
    message: `The wrapper did not restore these, they stay as they are: ${missing.join(', ')}`,
  })
}

/** Seconds for counting what the wrapper has restored. */
const countingLimit = 120

/**
 * The room that directories take where they wait for the swap. On the filesystem of the landing area they are moved,
 * and take none; what cannot be counted in time must not stop anybody. Sizes in bytes.
 */
const measureLanded = async (
  { config }: JobContext,
  landing: string,
  targets: readonly DirectoryTarget[],
): Promise<RestorePlan['space']> => {
  const space: RestorePlan['space'][number][] = []
  const { dev } = await stat(landing)
  for (const path of new Set(targets.map(({ beside }) => beside))) {
    const { free, device } = await roomNear(path)
    if (device === dev) continue
    const paths = targets.filter(({ beside }) => beside === path).map(({ saved }) => join(landing, saved))
    const needed = await sizeOfTrees(paths, config.environment.tools, countingLimit)
    if (needed !== null) space.push({ what: 'the directories', path, needed, free, device, estimate: false })
  }
  return space
}
