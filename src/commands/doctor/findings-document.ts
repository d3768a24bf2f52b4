import type { DoctorOutcome } from '../../jobs/doctor.ts'

/** What `--json` prints. */
export const findingsDocument = ({ ok, themes, skipped }: DoctorOutcome) => ({
  ok,
  checks: themes
    .flatMap(({ findings }) => findings)
    .map(({ id, status, message, hint, details, accepted }) => ({ id, status, message, hint, details, accepted })),
  skipped,
})
