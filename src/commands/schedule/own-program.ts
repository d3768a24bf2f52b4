import { resolve } from 'node:path'
import { exitCodes, UserError } from '../../errors.ts'
import type { OwnProgram } from '../../jobs/schedule/child.ts'

/** The file as it was called, which can be a link: an upgrade changes where that leads. */
export const ownProgram = (): OwnProgram => ({ node: process.execPath, entry: resolve(process.argv[1] ?? '') })

/** Such as `Europe/Berlin`. */
export const zoneOfHost = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

/** Only root can write where systemd and cron look. */
export const refuseOthers = (): void => {
  if (process.getuid?.() === 0) return
  throw new UserError({
    message: 'Only root can change what this host does by itself',
    hint: 'Run it as root, or with sudo.',
    exitCode: exitCodes.usage,
  })
}
