import type { Config } from '../../config/config.ts'
import type { Programs } from '../../mysql/client/programs.ts'
import type { InexactValues } from '../../mysql/proof/inexact-values.ts'
import type { HostileServer } from '../../mysql/server/hostile-server.ts'
import type { Inventory } from '../../mysql/server/inventory.ts'
import type { LoadingServer } from '../../mysql/server/loading-server.ts'
import type { LackingRight } from '../../mysql/server/rights.ts'
import type { ServerState } from '../../mysql/server/state.ts'
import type { TableElsewhere } from '../../mysql/server/tables-elsewhere.ts'
import type { PlacedForeignKey } from '../../mysql/swap/foreign-keys.ts'
import type { RepositoryLock } from '../../restic/locks.ts'
import type { ResticVersion } from '../../restic/open.ts'
import type { Snapshot } from '../../restic/snapshots.ts'
import type { BigDataAnswer } from '../../seatable/big-data/ask.ts'
import type { BigDataConfig } from '../../seatable/big-data/config.ts'
import type { Installation } from '../../seatable/find/installation.ts'
import type { LinkOut } from '../../seatable/links-out.ts'
import type { Manifest } from '../../staging/manifest.ts'
import type { StandingWarning } from '../../standing-warnings.ts'
import type { Schedule } from '../schedule/show.ts'
import type { Journal } from '../state/journal.ts'
import type { Leftovers } from '../state/leftovers.ts'
import type { Kept } from '../state/previous.ts'

/** What the program itself knows of where it runs. */
export interface Surroundings {
  /** Such as `v20.19.0`. */
  readonly nodeVersion: string
  readonly hostname: string
  readonly uid: number
  /** The env file that was read, if any. */
  readonly envFile: string | null
  /** What the env file was warned of. */
  readonly warnings: readonly string[]
  /** Names of secrets that stand in the environment of this process. */
  readonly secrets: readonly string[]
}

/** All that the checks judge, gathered once. Sizes in bytes. */
export interface Facts {
  readonly now: Date
  readonly surroundings: Surroundings
  readonly config: Config
  readonly host: {
    readonly hasFlock: boolean
    /** Password files that everyone can read. */
    readonly openPasswordFiles: readonly string[]
    /** The numbers of the processes that run. */
    readonly processes: ReadonlySet<number>
  }
  readonly state: StateFacts
  readonly schedule: Schedule
  readonly restic: { readonly version: ResticVersion }
  readonly repository: {
    /** Those of this SeaTable, oldest first. */
    readonly snapshots: readonly Snapshot[]
    readonly locks: readonly RepositoryLock[]
    /** The filesystem of a repository in a directory of this host; null for any other. */
    readonly device: number | null
  }
  readonly newest: NewestSnapshot | null
  readonly installation: Installation
  readonly directories: DirectoryFacts
  readonly bigData: {
    /** Of the SeaTable that runs; null when nothing tells it. */
    readonly version: string | null
    /** Why it cannot be asked to save its big data; null when it can. */
    readonly silence: BigDataAnswer | null
    /** How many bases have rows in `db-data`. */
    readonly bases: number
    readonly config: BigDataConfig
  }
  readonly database: {
    readonly place: string
    readonly programs: Programs
    readonly inventory: Inventory
    readonly server: ServerState
    readonly loading: LoadingServer
    /** What would make a dump something else than what the server holds. */
    readonly hostile: HostileServer
    /** Server's clock minus this host's, in milliseconds. */
    readonly clockOffset: number
    /** Values of those that are saved that a dump changes. */
    readonly inexact: readonly InexactValues[]
    /** Of other databases, into those that are saved. */
    readonly keysIn: readonly PlacedForeignKey[]
    /** Of those that are saved: tables some of whose files lie elsewhere. */
    readonly elsewhere: readonly TableElsewhere[]
    /** What a dump may not see, and what a restore may not do. */
    readonly lacking: { readonly dump: readonly LackingRight[]; readonly restore: readonly string[] }
    /** True when a role is granted that is perhaps not active. */
    readonly hasIdleRole: boolean
    readonly newestBigDataBackup: Date | null
    /** Free where the server keeps its tables; null where nobody can tell. */
    readonly free: number | null
  }
}

export interface StateFacts {
  /** Null when there is none yet. */
  readonly directory: { readonly mode: number; readonly uid: number } | null
  /** Free in the state directory, or where it will be, and its filesystem. */
  readonly free: number
  readonly device: number
  /** Whose the lock is, as a run writes it down; null when none is at work. */
  readonly run: string | null
  /** What lies in the staging area. */
  readonly staged: readonly string[]
  readonly journal: Journal | null
  /** What the last restore replaced, and how large its directories are, when that can be told in time. */
  readonly previous:
    | (Kept & { readonly keptDatabases: readonly string[]; readonly directoryBytes: number | null })
    | null
  /** True when a removal of previous data was interrupted. */
  readonly dropping: boolean
  /** What could not be removed. */
  readonly leftovers: Leftovers
  readonly lastDrill: { readonly snapshot: string; readonly at: string } | null
}

/** The last snapshot that is not one of safety, and what its manifest says, or why that cannot be told. */
export interface NewestSnapshot {
  readonly snapshot: Snapshot
  readonly manifest: Manifest | null
  readonly problem: string | null
}

export interface DirectoryFacts {
  readonly dataDir: string
  readonly device: number
  readonly free: number
  /** Of the filesystem: `ext4`, `xfs` and others. */
  readonly type: string
  /** What is saved, without symbolic links. */
  readonly saved: readonly string[]
  /** Links in it to what is not saved. */
  readonly linksOut: readonly LinkOut[]
  /** Of directories that are configured and not there, or there and not configured. */
  readonly pathWarnings: readonly StandingWarning[]
  /** What of ours lies in it, and must not; null when nothing does. */
  readonly ownPlaces: { readonly message: string; readonly hint: string } | null
  /** Why a directory cannot be swapped, as sentences. */
  readonly unswappable: readonly string[]
  /** Names of directories that are mount points themselves. */
  readonly mountPoints: readonly string[]
  /** What is mounted into SeaTable's volume, as the host sees it, and where. */
  readonly mounts: readonly { readonly source: string; readonly destination: string }[]
}
