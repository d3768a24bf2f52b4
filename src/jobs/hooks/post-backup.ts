import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../../errors.ts'
import { stagingPath, sweep } from '../../staging/area.ts'
import { refuseWhileRead } from '../../staging/await-readers.ts'
import { type Manifest, manifestName, parseManifest } from '../../staging/manifest.ts'
import { factsOfDumps } from '../backup/facts.ts'
import type { JobContext } from '../context/job-context.ts'
import { openRepository } from '../context/open-repository.ts'
import { countByKind, isPartial } from '../snapshots/health.ts'
import { ownSnapshots, readManifest } from '../snapshots/manifests.ts'
import { withLock } from '../swap/with-lock.ts'

/**
 * Removes the plaintext dumps, then notes down what the wrapper has made of them. Harmless when there are none: wrappers
 * call it after failures too, or twice. `status` is how restic ended, as far as the wrapper says it.
 */
export const postBackup = async (context: JobContext, status: string | undefined): Promise<string[]> => {
  const { removed, manifest } = await withLock(context, 'hook post-backup', async () => {
    const staging = stagingPath(context.config.stateDir)
    await refuseWhileRead(staging)
    const manifest = await stagedManifest(staging)
    return { removed: await sweep(staging), manifest }
  })
  if (manifest !== null) await noteSaved(context, manifest, status)
  return removed
}

/** Of whole dumps; null when there are none. */
const stagedManifest = async (staging: string): Promise<Manifest | null> => {
  try {
    return parseManifest(await readFile(join(staging, manifestName), 'utf8'))
  } catch {
    return null
  }
}

/** A repository that does not answer is only told: the wrapper's work is done. */
const noteSaved = async (context: JobContext, manifest: Manifest, status: string | undefined): Promise<void> => {
  const { config, report } = context
  const { RESTIC_REPOSITORY: repository, RESTIC_REPOSITORY_FILE: file } = config.environment.restic
  const note = (wrapperSaved: boolean | null) =>
    report({ type: 'facts', facts: { ...factsOfDumps(manifest), wrapperSaved } })
  if (status !== undefined && status !== '' && status !== '0') return note(false)
  // The wrapper may keep it to itself.
  if (!repository && !file) return note(status === '0' ? true : null)
  note(null)
  try {
    note(await lookUp(context, manifest))
  } catch (error) {
    if (!(error instanceof UserError) || context.signal.aborted) throw error
    const message = `The snapshot that the wrapper made could not be looked up, so that nothing knows of this backup: ${error.message}`
    report({ type: 'warning', message })
  }
}

/** Whether the dumps are in a whole snapshot; notes down which. */
const lookUp = async (context: JobContext, { instant }: Manifest): Promise<boolean> => {
  const { config, report, signal } = context
  const restic = await openRepository(context)
  const all = await ownSnapshots(restic, config, { signal })
  for (const snapshot of all.filter(({ time }) => Date.parse(time) >= Date.parse(instant)).reverse()) {
    // One of another SeaTable in the same repository holds other dumps.
    const saved = await readManifest(restic, config, snapshot, { signal }).catch(unlessInterrupted(signal))
    if (saved?.instant !== instant) continue
    report({ type: 'facts', facts: { snapshot: snapshot.id, snapshots: countByKind(all) } })
    return !isPartial(snapshot)
  }
  report({ type: 'warning', message: 'The repository holds no snapshot of the dumps that are removed now' })
  return false
}

const unlessInterrupted =
  (signal: AbortSignal) =>
  (error: unknown): null => {
    if (!(error instanceof UserError) || signal.aborted) throw error
    return null
  }
