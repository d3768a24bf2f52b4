/** What the configuration is made from. */
export interface Surroundings {
  /** The environment of this process. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The value of `--env-file`. */
  readonly envFile?: string | undefined
  readonly hostname: string
  /** The user id of this process. */
  readonly uid: number
  /** The file read when none is named; read only if it exists. */
  readonly defaultEnvFile?: string | undefined
}
