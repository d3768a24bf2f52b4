import { UserError } from '../../errors.ts'
import type { Inventory } from '../../mysql/server/inventory.ts'
import type { Relation } from '../../mysql/sql/server-version.ts'
import type { Manifest } from '../../staging/manifest.ts'
import type { ComparedSeaTable } from './versions.ts'

type SavedDatabase = Manifest['databases'][number]

/** What a restore will do. Sizes in bytes. */
export interface RestorePlan {
  readonly snapshot: string
  /** When the databases were as the snapshot has them (ISO 8601). */
  readonly instant: string
  readonly strategy: 'aside' | 'in-place'
  readonly databases: readonly {
    readonly name: string
    readonly tables: number
    readonly rows: number
    readonly bytes: number
    /** False when the server has no such database yet. */
    readonly exists: boolean
    /** What is live now, as the server estimates it; null when there is no such database. */
    readonly liveRows: number | null
  }[]
  /** All files of the snapshot, the dumps included. */
  readonly files: { readonly count: number; readonly bytes: number }
  /** When something last happened in the live data (ISO 8601): what came after `instant` is lost. */
  readonly newestLive: string | null
  readonly space: readonly {
    readonly what: string
    readonly path: string
    readonly needed: number
    readonly free: number
    /** True when `needed` is a guess, which must not stop anybody. */
    readonly estimate: boolean
    /** The filesystem: what lies on the same one shares its room. */
    readonly device: number
  }[]
  readonly directories: readonly { readonly name: string; readonly live: string; readonly exists: boolean }[]
  /** Directories of the snapshot that stay as they are, and why. */
  readonly kept: readonly { readonly name: string; readonly reason: string }[]
  /** The server of the snapshot and this one; `relation` says what this one is to that one. */
  readonly server: { readonly saved: string; readonly now: string; readonly relation: Relation }
  /** The SeaTable of the snapshot and the one that is installed. */
  readonly seatable: ComparedSeaTable
  /** Whether SeaTable will be asked for the big data of the snapshot, and the directory that is swapped for an empty one. */
  readonly bigData: { readonly restored: boolean; readonly emptied: string | null }
  /** What will be stopped for the swap, in this order. */
  readonly stops: readonly string[]
  /** Paths of the snapshot that are restored into a folder only. */
  readonly extraPaths: readonly string[]
  readonly proof: PlannedProof
  /** What is to be done by hand afterwards, as sentences. */
  readonly remains: readonly string[]
  /** What is wrong with the snapshot, and what its backup warned of. */
  readonly warnings: readonly string[]
}

/** What is tried on copies before SeaTable is stopped. What only its own place can prove is known when it was tried. */
export interface PlannedProof {
  /** Views, triggers, routines and events: of the snapshot, and live ones that may have to make way for it. */
  readonly tried: number
  /** What of the snapshot the last drill could not prove; null when there was none, or it proved all that is tried here. */
  readonly lastDrill: { readonly snapshot: string; readonly at: string; readonly unproven: readonly string[] } | null
}

type Listed = Readonly<Record<'views' | 'triggers' | 'routines' | 'events', readonly string[]>>

/** How many views, triggers, routines and events there are. */
export const objectsIn = (databases: readonly Listed[]): number =>
  databases.reduce(
    (sum, { views, triggers, routines, events }) =>
      sum + views.length + triggers.length + routines.length + events.length,
    0,
  )

/** A statement longer than the server takes would fail in the middle of the load: refused before anything is done. */
export const refuseSmallPacket = (databases: readonly SavedDatabase[], { maxAllowedPacket }: Inventory): void => {
  const largest = Math.max(0, ...databases.map(({ largestStatement }) => largestStatement))
  const needed = largest + 1024
  if (needed <= maxAllowedPacket) return
  const mib = Math.ceil(needed / 1024 / 1024)
  throw new UserError({
    message: `The snapshot holds a row of ${mib} MiB, and the server’s max_allowed_packet is ${Math.floor(maxAllowedPacket / 1024 / 1024)} MiB`,
    hint: `SET GLOBAL max_allowed_packet = ${2 ** Math.ceil(Math.log2(needed))}; then run again. Nothing was touched.`,
  })
}

/**
 * Refused before anything is touched: a restore aside holds everything twice until the previous data is dropped. `remedy`
 * is what to do then.
 */
export const refuseLackOfSpace = (
  { space, strategy }: Pick<RestorePlan, 'space' | 'strategy'>,
  remedy: string = usualRemedy[strategy],
): void => {
  const mib = 1024 * 1024
  for (const device of new Set(space.map((one) => one.device))) {
    const wanted = space.filter((one) => one.device === device && !one.estimate)
    const needed = wanted.reduce((sum, one) => sum + one.needed, 0)
    const free = wanted[0]?.free ?? needed
    if (needed <= free) continue
    const [what, where] = [wanted.map((one) => one.what).join(' and '), wanted.map((one) => one.path).join(' and ')]
    throw new UserError({
      message: `There is no room for ${what} at ${where}: about ${Math.ceil(needed / mib)} MiB are needed, ${Math.floor(free / mib)} MiB are free`,
      hint: remedy,
    })
  }
}

const usualRemedy = {
  aside:
    'Nothing was touched. Free space there, or give --in-place to replace what is live after a safety snapshot of it.',
  'in-place': 'Nothing was touched. Free space there, or move SEATABLE_RESTIC_STATE_DIR.',
} as const
