import type { Run } from '../history/run.ts'

/** Something that the last doctor found not right. */
export interface Finding {
  readonly id: string
  readonly status: 'warn' | 'fail'
  /** The first of the runs in a row that found it; ISO 8601. */
  readonly since: string
}

export interface Findings {
  /** When doctor last ran; null when it never did. */
  readonly at: string | null
  readonly ok: number
  readonly found: readonly Finding[]
}

export const findingsOf = (runs: readonly Run[]): Findings => {
  const examined = runs.filter(({ facts }) => facts.doctor !== undefined)
  const last = examined.at(-1)
  const doctor = last?.facts.doctor
  if (last === undefined || doctor === undefined) return { at: null, ok: 0, found: [] }
  const since = (id: string): string => {
    const without = examined.findLastIndex(({ facts: { doctor: then } }) => !found(then).includes(id))
    return examined[without + 1]?.began ?? last.began
  }
  const all = (ids: readonly string[], status: Finding['status']) => ids.map((id) => ({ id, status, since: since(id) }))
  return { at: last.began, ok: doctor.ok, found: [...all(doctor.failed, 'fail'), ...all(doctor.warned, 'warn')] }
}

const found = (doctor: Run['facts']['doctor']): readonly string[] =>
  doctor === undefined ? [] : [...doctor.failed, ...doctor.warned]
