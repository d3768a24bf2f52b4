import type { Config } from '../../config/config.ts'
import { decodedPart } from '../../url-part.ts'
import { addressOf, basicAuthorization } from './address.ts'
import type { Delivery } from './deliver.ts'
import { type News, textOf } from './news.ts'

export type NoticePlace = Exclude<Config['notify'][number], { problem: string }>

/** How a place that is no mail address is told. */
export const noticeRequest = (place: NoticePlace, news: News): Delivery => {
  const address = addressOf(place.url)
  const headers = { 'content-type': 'application/json', ...basicAuthorization(address) }
  const { url, body, more = {} } = formOf(place, news, address.url)
  return { url, headers: { ...headers, ...more }, body: JSON.stringify(body) }
}

interface Form {
  readonly url: URL
  readonly body: unknown
  readonly more?: Readonly<Record<string, string>>
}

const formOf = ({ kind }: NoticePlace, news: News, url: URL): Form => {
  const text = textOf(news)
  switch (kind) {
    case 'ntfy':
      return ofNtfy(news, text, url)
    case 'gotify':
      return ofGotify(news, text, url)
    case 'slack':
      return { url, body: { text: escapedForSlack(`*${news.title}*\n${text}`) } }
    case 'discord':
      return { url, body: { content: `**${news.title}**\n${text}`.slice(0, 2000), allowed_mentions: { parse: [] } } }
    case 'teams':
      return { url, body: cardOf(news.title, text) }
    default: {
      const { event, command, host, title, message, hint, exitCode } = news
      return { url, body: { event, command, host, exitCode, title, message, hint, text } }
    }
  }
}

const escapedForSlack = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** What is longer becomes an attachment, which most servers of ntfy refuse; in bytes. */
const mostOfNtfy = 4096

const startOf = (message: string): string =>
  Buffer.byteLength(message) <= mostOfNtfy
    ? message
    : `${Buffer.from(message)
        .subarray(0, mostOfNtfy - 8)
        .toString()
        .replace(/\uFFFD$/, '')}…`

/** JSON is taken at the root alone. */
const ofNtfy = ({ event, title }: News, message: string, at: URL): Form => {
  const url = new URL(at)
  const [, parent = '/', topic = ''] = /^(.*\/)([^/]+)$/.exec(at.pathname) ?? []
  url.pathname = parent
  const [priority, tag] = marks[event]
  return { url, body: { topic: decodedPart(topic), title, message: startOf(message), priority, tags: [tag] } }
}

const marks: Record<News['event'], readonly [priority: number, tag: string]> = {
  failure: [4, 'rotating_light'],
  overdue: [4, 'hourglass'],
  recovered: [3, 'white_check_mark'],
  test: [3, 'wave'],
}

/** The token goes into a header: addresses are in the logs of every proxy. */
const ofGotify = ({ event, title }: News, message: string, at: URL): Form => {
  const url = new URL(at)
  const token = url.searchParams.get('token') ?? ''
  url.searchParams.delete('token')
  if (!url.pathname.endsWith('/message')) url.pathname = `${url.pathname.replace(/\/$/, '')}/message`
  return { url, body: { title, message, priority: marks[event][0] * 2 }, more: { 'x-gotify-key': token } }
}

/** What a workflow of Teams posts: one adaptive card. */
const cardOf = (title: string, text: string) => ({
  type: 'message',
  attachments: [
    {
      contentType: 'application/vnd.microsoft.card.adaptive',
      contentUrl: null,
      content: {
        $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
        type: 'AdaptiveCard',
        version: '1.4',
        body: [
          { type: 'TextBlock', text: title, weight: 'bolder', size: 'medium', wrap: true },
          ...text.split('\n').map((line) => ({ type: 'TextBlock', text: line, wrap: true, spacing: 'small' })),
        ],
      },
    },
  ],
})
