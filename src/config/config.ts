/** Where a password comes from; it is read only when it is needed. */
export type PasswordSource =
  | { readonly from: 'value'; readonly value: string }
  | { readonly from: 'file'; readonly path: string }
  | { readonly from: 'command'; readonly command: string }

export type EngineName = 'docker' | 'podman' | 'none'

/** Everything a job may know of its surroundings: settings after validation. `null` means: to be found. */
export interface Config {
  /** The directory that holds `seafile-data`, `seahub-data` and `storage-data`. */
  readonly dataDir: string | null
  /** Names of directories inside `dataDir`. */
  readonly dataPaths: readonly string[]
  /** Absolute paths saved as well; null when they are to be found. */
  readonly extraPaths: readonly string[] | null
  readonly databases: readonly string[] | null
  readonly engine: EngineName | null
  readonly dbContainer: string | null
  readonly serverContainer: string | null
  /** Commands that stop and start SeaTable where it does not run in containers: both or neither. */
  readonly stopCommand: readonly string[] | null
  readonly startCommand: readonly string[] | null
  /** Whether SeaTable is asked to save its big data before the dump, and what a failure of it is. */
  readonly bigData: 'auto' | 'off' | 'require'
  /** Seconds. */
  readonly bigDataTimeout: number
  readonly dbHost: string | null
  readonly dbPort: number | null
  readonly dbSocket: string | null
  readonly dbUser: string
  readonly dbPassword: PasswordSource | null
  readonly stateDir: string
  /** Names of standing warnings that stay silent. */
  readonly accept: readonly string[]
  readonly host: string
  readonly tag: string
  readonly keep: {
    readonly within: string
    readonly daily: number
    readonly weekly: number
    readonly monthly: number
    readonly yearly: number
  }
  /** The whole environment of restic (its own variables untouched) and of every other program (no secrets of restic). */
  readonly environment: {
    readonly restic: Readonly<Record<string, string>>
    readonly tools: Readonly<Record<string, string>>
  }
}
