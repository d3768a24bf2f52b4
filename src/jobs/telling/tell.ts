import type { Config } from '../../config/config.ts'
import { deliver, type Patience } from './deliver.ts'
import type { MailServer } from './mail-server.ts'
import { type News, textOf } from './news.ts'
import { noticeRequest } from './notice-request.ts'

/** The addresses as they are written, and what is wrong with some of them. */
export type Places = Config['notify']

/** What became of one of them: null is no problem. */
export interface Answer {
  readonly name: string
  readonly problem: string | null
}

/** Tells all of them at the same time, so that one that is slow keeps no other. */
export const tellPlaces = async (
  places: Places,
  news: News,
  config: Config,
  patience?: Patience,
): Promise<readonly Answer[]> => {
  let server: Promise<MailServer | { readonly problem: string }> | undefined
  const mailServer = () => {
    server ??= import('./mail-server.ts').then(({ findMailServer }) => findMailServer(config))
    return server
  }
  return Promise.all(
    places.map(async (place): Promise<Answer> => {
      if ('problem' in place) return { name: '', problem: place.problem }
      if (place.kind !== 'mail') {
        return { name: place.name, problem: await deliver(noticeRequest(place, news), patience) }
      }
      const found = await mailServer()
      if ('problem' in found) return { name: place.name, problem: `was not sent: ${found.problem}` }
      const mail = { to: place.url, subject: news.title, text: `${textOf(news)}\n`, host: config.host }
      const { sendMail } = await import('./mail.ts')
      return { name: place.name, problem: await sendMail(found, mail, patience) }
    }),
  )
}
