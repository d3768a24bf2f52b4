import type { DoctorOutcome } from '../../jobs/doctor.ts'
import type { Facts } from '../../jobs/history/run.ts'

type Finding = DoctorOutcome['themes'][number]['findings'][number]

/** What is noted down of findings; those that are accepted count as they are, and are not named. */
export const countFindings = (findings: readonly Finding[]): NonNullable<Facts['doctor']> => {
  const ids = (status: Finding['status']) =>
    findings.filter((finding) => finding.status === status && !finding.accepted).map(({ id }) => id)
  const [failed, warned] = [ids('fail'), ids('warn')]
  return {
    ok: findings.length - failed.length - warned.length,
    ...{ warn: warned.length, fail: failed.length, failed, warned },
  }
}
