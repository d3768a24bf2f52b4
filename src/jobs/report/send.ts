import type { Config } from '../../config/config.ts'
import { exitCodes, UserError } from '../../errors.ts'
import type { Patience } from '../telling/deliver.ts'
import type { Mail } from '../telling/mail.ts'
import type { Answer, Places } from '../telling/tell.ts'

export type MailPlace = Extract<Config['notify'][number], { readonly kind: 'mail' }>

/** The addresses that ask for the report. */
export const readersOf = (places: Places): readonly MailPlace[] =>
  places.flatMap((place) => ('weeklyReport' in place && place.weeklyReport ? [place] : []))

/** Throws when nobody asks for it. */
export const mustHaveReaders = (places: Places): readonly MailPlace[] => {
  const readers = readersOf(places)
  if (readers.length > 0) return readers
  throw new UserError({
    message: 'No address of SEATABLE_RESTIC_NOTIFY asks for the report',
    hint: 'Write ?report=weekly behind a mail address: mailto:admin@example.com?report=weekly',
    exitCode: exitCodes.usage,
  })
}

/** Mails the report to each of them at the same time. */
export const sendReport = async (
  config: Config,
  readers: readonly MailPlace[],
  mail: Omit<Mail, 'to'>,
  patience?: Patience,
): Promise<readonly Answer[]> => {
  const [{ findMailServer }, { sendMail }] = await Promise.all([
    import('../telling/mail-server.ts'),
    import('../telling/mail.ts'),
  ])
  const server = await findMailServer(config)
  return Promise.all(
    readers.map(async ({ url, name }): Promise<Answer> => {
      if ('problem' in server) return { name, problem: `was not sent: ${server.problem}` }
      return { name, problem: await sendMail(server, { ...mail, to: url, host: config.host }, patience) }
    }),
  )
}
