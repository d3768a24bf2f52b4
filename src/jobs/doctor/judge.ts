import { listed } from '../../listed.ts'
import { applyAccept, standing, type WarningKind } from '../../standing-warnings.ts'
import type { Known } from './attempt.ts'
import { bigData } from './big-data.ts'
import type { Check, Finding, Judgement, Theme } from './check.ts'
import { containers } from './containers.ts'
import { database } from './database.ts'
import type { Facts } from './facts.ts'
import { leftovers } from './leftovers.ts'
import { repository } from './repository.ts'
import { room } from './room.ts'
import { schedule } from './schedule.ts'
import { settings } from './settings.ts'
import { tools } from './tools.ts'

/** Every check there is, in the order in which they are told. */
export const themes: readonly Theme[] = [
  tools,
  settings,
  containers,
  bigData,
  database,
  repository,
  room,
  schedule,
  leftovers,
]

export interface DoctorOutcome {
  /** True when nothing failed; warnings are allowed. */
  readonly ok: boolean
  readonly themes: readonly { readonly title: string; readonly findings: readonly Finding[] }[]
  /** Checks that could not be made, and the id of the one that tells why. */
  readonly skipped: readonly { readonly id: string; readonly because: string }[]
}

/** Each fact, or why it is not known. */
export type KnownFacts = { readonly [Name in keyof Facts]: Known<Facts[Name]> }

/** Makes every check whose facts are known. Asks nobody, and changes nothing. */
export const judge = (facts: KnownFacts): DoctorOutcome => {
  const failures = failuresOf(facts)
  const values = valuesOf(facts)
  const skipped: { id: string; because: string }[] = []
  const judged = themes.map(({ title, checks }) => ({
    title,
    findings: checks.flatMap((check) => {
      const failure = failures.get(check.id)
      if (failure) return [failure]
      const because = missingFor(check, facts)
      if (because !== null) {
        skipped.push({ id: check.id, because })
        return []
      }
      const judgement = check.judge(values)
      return judgement === null ? [] : [withAccept(check.id, judgement, values.config?.accept ?? [])]
    }),
  }))
  const ok = judged.every(({ findings }) => findings.every(({ status }) => status !== 'fail'))
  return { ok, themes: judged, skipped }
}

/** A warning without what is accepted of it; when nothing is left of it, all is well. */
const withAccept = (id: string, { standing: parts, ...judgement }: Judgement, accept: readonly string[]): Finding => {
  const finding = { id, ...judgement, accepted: false }
  if (judgement.status !== 'warn') return finding
  if (accept.includes(id)) return { ...finding, status: 'ok', accepted: true }
  const told = applyAccept(parts ?? [standing(id as WarningKind, judgement.message)], accept)
  const left = told.filter(({ accepted }) => !accepted)
  if (left.length === 0) return { ...finding, status: 'ok', accepted: true }
  if (left.length === told.length) return finding
  const accepted = told.filter((one) => one.accepted).map(({ message }) => `Accepted: ${message}`)
  return {
    ...finding,
    message: listed(left.map(({ message }) => message)),
    details: [...judgement.details, ...accepted],
  }
}

/** What could not be found out, each under the id of the check that tells it. */
const failuresOf = (facts: KnownFacts): Map<string, Finding> => {
  const failures = new Map<string, Finding>()
  for (const fact of Object.values(facts)) {
    if (fact.known || fact.error === null) continue
    const { message, hint } = fact.error
    failures.set(fact.toldBy, { id: fact.toldBy, status: 'fail', message, hint, details: [], accepted: false })
  }
  return failures
}

/** The id of the check that tells why a fact is not known; null when all are. */
const missingFor = (check: Check, facts: KnownFacts): string | null => {
  for (const name of check.needs) {
    const fact = facts[name]
    if (!fact.known) return fact.toldBy
  }
  return null
}

/** Only those that are known; a check is given none that it has not asked for. */
const valuesOf = (facts: KnownFacts): Facts =>
  Object.fromEntries(
    Object.entries(facts).flatMap(([name, fact]) => (fact.known ? [[name, fact.value]] : [])),
  ) as unknown as Facts
