/** What was given of the options of every command. */
export interface GlobalOptions {
  readonly envFile?: string | undefined
  readonly json?: boolean | undefined
  readonly quiet?: boolean | undefined
  readonly verbose?: boolean | undefined
}
