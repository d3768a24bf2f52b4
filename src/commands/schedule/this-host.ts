import { exitCodes, UserError } from '../../errors.ts'

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
