import type { z } from 'zod'

/** What every setting's name begins with in the env file and in the environment. */
export const prefix = 'SEATABLE_RESTIC_'

/** What this host says of itself. */
export interface ThisHost {
  readonly hostname: string
}

/** One setting. The texts of `default` and `example` are parsed by `type`, like what a user writes. */
export interface Setting {
  /** Turns the text of the setting into its value; its messages say what would be right. */
  readonly type: z.ZodType<unknown, string>
  readonly default: string | null
  /** The text that stands instead of a default when nothing is set. */
  readonly ofThisHost?: (host: ThisHost) => string
  /** What happens when there is no default and nothing is set. */
  readonly otherwise?: string
  /** The value when there is no text at all; without it null, which says that it is to be found, or is not wanted. */
  readonly whenUnset?: unknown
  readonly doc: string
  readonly example: string
  /** A second name, of another program, that means the same; without the prefix. The first one wins. */
  readonly alsoNamed?: string
  /** Never shown, in no error and no table. */
  readonly secret?: true
}

/** Settings by their names without the prefix. */
export type Settings = Readonly<Record<string, Setting>>

/** The value of every setting of a table. */
export type ValuesOf<Table extends Settings> = { readonly [Name in keyof Table]: ValueOf<Table[Name]> }

type ValueOf<One extends Setting> =
  | z.output<One['type']>
  | (One extends { default: string } | { ofThisHost: unknown }
      ? never
      : One extends { whenUnset: infer Unset }
        ? Unset
        : null)
