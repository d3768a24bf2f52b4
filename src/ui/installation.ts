import type { InstallationPlan, RestoredInstallation } from '../jobs/restore/installation.ts'
import { shortId } from '../short-id.ts'
import { formatCount, formatTime } from './format.ts'

const words = { new: 'is new here', differs: 'differs, and is replaced', same: 'is in place', kept: 'stays as it is' }

/** What `restore --extra --dry-run` tells, and what is shown before the question. */
export const installationPlan = ({ snapshot, instant, entries }: InstallationPlan): string => {
  const files = entries.filter(({ entry }) => entry.kind !== 'directory')
  const changes = files.filter(({ state }) => state !== 'same')
  return [
    `Snapshot ${shortId(snapshot)}: the small files of the installation as they were at ${formatTime(instant)}.`,
    '',
    ...changes.map(({ entry: { path }, state, why }) => `${path} ${words[state]}${why === null ? '' : `: ${why}`}`),
    `${formatCount(files.length - changes.length)} of ${formatCount(files.length)} are in their places already.`,
    ...(changes.some(({ state }) => state === 'differs')
      ? ['What is replaced is kept in the state directory. Containers see a new file when they are made again.']
      : []),
    '',
  ].join('\n')
}

export const installationSummary = (done: RestoredInstallation): string => {
  const placed = done.entries.filter(({ entry, state }) => entry.kind !== 'directory' && /new|differs/.test(state))
  const kept = done.entries.filter(({ state }) => state === 'kept')
  return [
    placed.length === 0
      ? 'Nothing was to be done: all files of the installation are in their places.'
      : `Put ${formatCount(placed.length)} files of snapshot ${shortId(done.snapshot)} in their places.`,
    ...kept.map(({ entry, why }) => `${entry.path} stays as it is: ${why}`),
    ...(done.replaced === null ? [] : [`What they replaced is kept in ${done.replaced}.`]),
    '',
  ].join('\n')
}
