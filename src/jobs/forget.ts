import { sub } from 'date-fns/sub'
import { readDuration } from '../restic/duration.ts'
import { type ForgetResult, forgetArguments, forget as forgetSnapshots, forgetThese } from '../restic/forget.ts'
import type { Restic } from '../restic/open.ts'
import type { Snapshot } from '../restic/snapshots.ts'
import { replaceTags } from '../restic/tag.ts'
import { stagingPath } from '../staging/area.ts'
import type { JobContext } from './context/job-context.ts'
import { openRepository } from './context/open-repository.ts'
import { step } from './context/step.ts'
import { incompleteTag, partialTag, safetyTag } from './snapshots/health.ts'
import { holdsDumps, ownSnapshots } from './snapshots/manifests.ts'
import { dropManifestsBut } from './state/kept-manifests.ts'
import { withLockInBackground } from './swap/with-lock.ts'

export interface ForgetOptions {
  readonly prune: boolean
  readonly dryRun: boolean
}

export interface ForgetOutcome extends ForgetResult {
  /** The host name whose snapshots were looked at. */
  readonly host: string
  /** Snapshots of this SeaTable under other host names, which were left alone. */
  readonly others: readonly { readonly hostname: string; readonly snapshots: number }[]
}

/**
 * Applies the retention policy to the snapshots that this host made of this SeaTable, and to no others. What is no
 * backup, or one of what somebody wanted to be rid of, is not counted: it never takes the place of a good snapshot. It
 * is kept for KEEP_WITHIN, and until a good one follows.
 */
export const forget = (context: JobContext, options: ForgetOptions): Promise<ForgetOutcome> =>
  // What only looks must not put right what an interrupted restore has left.
  options.dryRun
    ? inOneStep(context, options)
    : withLockInBackground(context, 'forget', (inBackground) => inOneStep(inBackground, options))

const inOneStep = (context: JobContext, options: ForgetOptions): Promise<ForgetOutcome> =>
  step(context.report, titleOf(options), () => applyPolicy(context, options))

const applyPolicy = async (context: JobContext, options: ForgetOptions): Promise<ForgetOutcome> => {
  const { config, report, signal } = context
  const restic = await openRepository(context)
  const list = () => ownSnapshots(restic, config, { signal })
  const before = await list()
  const all = (await setApartIncomplete(restic, before.filter(isOfThisHost(config)), context, options))
    ? await list()
    : before
  const own = all.filter(isOfThisHost(config))
  const ordinary = own.filter((snapshot) => !isSetApart(snapshot))
  const request = {
    path: stagingPath(config.stateDir),
    host: config.host,
    tags: distinct(ordinary.map(({ tags }) => tags)),
    keep: config.keep,
    ...options,
  }
  const args = forgetArguments(request)
  report({ type: 'detail', message: `restic ${args.join(' ')}` })
  // Without a tag to look for, restic would look at all.
  const { kept, removed } =
    ordinary.length === 0 ? { kept: [], removed: [] } : await forgetSnapshots(restic, request, { signal })
  const setApart = own.filter(isSetApart)
  const expired = setApart.filter(hasExpired(ordinary, config.keep.within))
  const gone = [...removed, ...expired]
  if (!options.dryRun) {
    await forgetThese(restic, expired, options, { signal })
    const isGone = new Set(gone.map(({ id }) => id))
    await dropManifestsBut(
      config,
      all.filter(({ id }) => !isGone.has(id)),
    )
  }
  return {
    kept: [...kept, ...setApart.filter((one) => !expired.includes(one))],
    removed: gone,
    host: config.host,
    others: countByHost(all.filter((snapshot) => !isOfThisHost(config)(snapshot))),
  }
}

const countByHost = (snapshots: readonly Snapshot[]): ForgetOutcome['others'] =>
  [...new Set(snapshots.map(({ hostname }) => hostname))].map((hostname) => ({
    hostname,
    snapshots: snapshots.filter((snapshot) => snapshot.hostname === hostname).length,
  }))

const titleOf = ({ prune, dryRun }: ForgetOptions): string => {
  if (dryRun) return 'Finding the snapshots that would be forgotten'
  return prune ? 'Forgetting old snapshots and freeing their space' : 'Forgetting old snapshots'
}

const isOfThisHost =
  ({ host }: JobContext['config']) =>
  ({ hostname }: Snapshot): boolean =>
    hostname === host

const isSetApart = ({ tags }: Snapshot): boolean =>
  [safetyTag, incompleteTag, partialTag].some((tag) => tags.includes(tag))

/**
 * Their tags tell restic's policy from now on which snapshots it must not count, and everybody which are no backups. True
 * when snapshots were tagged: restic gives what it tags another id.
 */
const setApartIncomplete = async (
  restic: Restic,
  own: readonly Snapshot[],
  context: JobContext,
  { dryRun }: ForgetOptions,
): Promise<boolean> => {
  const { config, report, signal } = context
  const incomplete: Snapshot[] = []
  for (const snapshot of own) {
    if (isSetApart(snapshot) || (await holdsDumps(restic, config, snapshot, { signal, keep: !dryRun }))) continue
    incomplete.push(snapshot)
  }
  if (incomplete.length === 0) return false
  const which = incomplete.map(({ shortId }) => shortId).join(', ')
  if (dryRun) {
    const message = `Snapshots that hold no whole dumps: ${which}. They are counted here; a run that is no dry run tags them ${incompleteTag} first, and does not count them`
    report({ type: 'warning', message })
    return false
  }
  const message = `Snapshots that hold no whole dumps are tagged ${incompleteTag} and not counted: ${which}. Did a wrapper go on although its pre-backup hook had failed?`
  report({ type: 'warning', message })
  await replaceTags(
    restic,
    incomplete.map(({ id }) => id),
    [incompleteTag],
    { signal },
  )
  return true
}

const distinct = (lists: readonly (readonly string[])[]): (readonly string[])[] => [
  ...new Map(lists.map((tags) => [[...tags].sort().join(), tags])).values(),
]

/** By the youngest good snapshot, as restic counts KEEP_WITHIN. */
const hasExpired = (ordinary: readonly Snapshot[], within: string): ((snapshot: Snapshot) => boolean) => {
  const youngest = ordinary.at(-1)
  if (youngest === undefined) return () => false
  const oldest = sub(new Date(youngest.time), readDuration(within))
  return ({ time }) => new Date(time) < oldest
}
