import type { Snapshot } from '../../restic/snapshots.ts'
import type { Manifest } from '../../staging/manifest.ts'

/** From here on, dumps are those of another run: a wrapper saved them again although its own pre-backup had failed. */
export const lateHours = 3

/** Hours from the dumps' end to the beginning of the snapshot that holds them. */
export const hoursLate = ({ time }: Snapshot, { finished }: Manifest): number =>
  (new Date(time).getTime() - new Date(finished).getTime()) / 3_600_000
