import { closest } from 'fastest-levenshtein'

/**
 * What can be warned of again and again until somebody changes it or accepts it, by a name that never changes: the name of
 * doctor's check where there is one. `names` says whether one of several can be named behind a colon.
 */
const kinds = {
  restic: { names: 'never' },
  'env-file': { names: 'never' },
  'password-files': { names: 'never' },
  'secrets-in-environment': { names: 'never' },
  'restic-password': { names: 'never' },
  retention: { names: 'never' },
  'host-name': { names: 'never' },
  'state-directory': { names: 'never' },
  'server-container': { names: 'never' },
  conf: { names: 'never' },
  'data-paths': { names: 'may' },
  setup: { names: 'never' },
  mounts: { names: 'never' },
  links: { names: 'may' },
  'object-storage': { names: 'never' },
  swap: { names: 'never' },
  'seatable-version': { names: 'never' },
  'big-data': { names: 'never' },
  'big-data-interval': { names: 'never' },
  client: { names: 'never' },
  privileges: { names: 'never' },
  loading: { names: 'never' },
  'database-version': { names: 'never' },
  'server-of-snapshot': { names: 'never' },
  'storage-engines': { names: 'may' },
  exactness: { names: 'may' },
  loss: { names: 'must' },
  'foreign-keys': { names: 'may' },
  'foreign-keys-in': { names: 'may' },
  'data-directories': { names: 'may' },
  tablespaces: { names: 'may' },
  unrestorable: { names: 'may' },
  'operation-log': { names: 'never' },
  'other-databases': { names: 'may' },
  replication: { names: 'never' },
  'binary-log': { names: 'never' },
  clock: { names: 'never' },
  'aside-databases': { names: 'may' },
  'repository-disk': { names: 'never' },
  'repository-locks': { names: 'never' },
  'snapshot-hosts': { names: 'never' },
  'snapshot-age': { names: 'never' },
  'snapshot-whole': { names: 'never' },
  drill: { names: 'never' },
  schedule: { names: 'never' },
  'room-for-dumps': { names: 'never' },
  'room-for-databases': { names: 'never' },
  'room-for-directories': { names: 'never' },
  dumps: { names: 'never' },
  journal: { names: 'never' },
  'previous-data': { names: 'never' },
  leftovers: { names: 'may' },
} as const satisfies Record<string, { readonly names: 'never' | 'may' | 'must' }>

export type WarningKind = keyof typeof kinds

export const warningKinds = Object.keys(kinds) as WarningKind[]

/** Something to be told at each backup, and by doctor, until it is changed or accepted. */
export interface StandingWarning {
  readonly id: WarningKind
  /** What it is about, each of which can be accepted alone, as `other-databases:scheduler`; empty: it has no parts. */
  readonly about: readonly string[]
  /** The sentence about these. */
  readonly say: (about: readonly string[]) => string
}

export const standing = (id: WarningKind, message: string): StandingWarning => ({ id, about: [], say: () => message })

/** None about nothing. `nameOf` gives the name by which one is accepted: a table’s with its database. */
export const standingAbout = (
  id: WarningKind,
  about: readonly string[],
  say: (about: readonly string[]) => string,
): StandingWarning[] => (about.length === 0 ? [] : [{ id, about, say }])

/** A standing warning as it is told: `ids` are what accepts it. */
export interface ToldWarning {
  readonly ids: readonly string[]
  readonly message: string
  /** True when SEATABLE_RESTIC_ACCEPT names it: nobody is told, who does not ask for more. */
  readonly accepted: boolean
}

/** The one place that says what is accepted: of a warning about several, those that are stay silent. */
export const applyAccept = (warnings: readonly StandingWarning[], accept: readonly string[]): ToldWarning[] =>
  warnings.flatMap(({ id, about, say }) => {
    if (about.length === 0 || accept.includes(id)) {
      const ids = about.length === 0 ? [id] : about.map((one) => `${id}:${one}`)
      return [{ ids, message: say(about), accepted: accept.includes(id) }]
    }
    const isAccepted = (one: string) => accept.includes(`${id}:${one}`)
    const parts = [about.filter((one) => !isAccepted(one)), about.filter(isAccepted)]
    return parts.flatMap((part, index) =>
      part.length === 0 ? [] : [{ ids: part.map((one) => `${id}:${one}`), message: say(part), accepted: index === 1 }],
    )
  })

/** What is wrong with a name of SEATABLE_RESTIC_ACCEPT, as the end of a sentence that begins with it; null: nothing. */
export const problemOfAccepted = (name: string): string | null => {
  const [kind = '', ...rest] = name.split(':')
  const known = warningKinds.find((one) => one === kind)
  if (known === undefined) return `is no standing warning; did you mean ${closest(kind, warningKinds)}?`
  const { names } = kinds[known]
  const object = rest.join(':')
  if (names === 'never' && rest.length > 0) return `has no parts to name; write ${kind}`
  if (object === '' && (names === 'must' || rest.length > 0)) return `must name what is accepted, as ${kind}:…`
  return null
}
