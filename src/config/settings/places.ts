/** One place that is told. */
export interface Place<Kind extends string> {
  readonly kind: Kind
  /** Without the kind in front of it. A secret. */
  readonly url: string
  /** How it can be called to anyone. */
  readonly name: string
}

/** What stands where a place should be: a sentence that does not show it. A run warns of it, and goes on. */
export interface NoPlace {
  readonly problem: string
}

/** Where it is told that a run begins and ends. */
export interface PingPlace extends Place<'healthchecks' | 'kuma' | 'gatus'> {
  /** Those that it hears of: all where its address says which, else one, as a good drill must not hide a bad backup. */
  readonly commands: readonly string[]
}

/** Commands that run by a schedule: a check of any other would be overdue for ever. */
const pingedCommands = ['backup', 'forget', 'copy', 'drill', 'check']

/** Stands for the name of the command in an address. */
const commandMark = '{command}'

/** Where a person reads of a failure. */
export type NoticePlace = Place<'ntfy' | 'slack' | 'discord' | 'teams' | 'gotify' | 'webhook'> | MailPlace

export interface MailPlace extends Place<'mail'> {
  /** Whether the report is sent there once a week. */
  readonly weeklyReport: boolean
}

/** Places separated by spaces or lines; `of` is the name of the setting. */
export const pingPlaces = (text: string, of: string): readonly (PingPlace | NoPlace)[] =>
  wordsOf(text).map((word, index, all) => pingPlace(word, numbered(index, all.length, of)))

/** The same. */
export const noticePlaces = (text: string, of: string): readonly (NoticePlace | NoPlace)[] =>
  wordsOf(text).map((word, index, all) => noticePlace(word, numbered(index, all.length, of)))

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '')

const numbered = (index: number, count: number, of: string): string => (count === 1 ? of : `no. ${index + 1} of ${of}`)

const nobody = (which: string, problem: string): NoPlace => ({ problem: `Nobody is told by ${which}: it ${problem}` })

const pingPlace = (word: string, which: string): PingPlace | NoPlace => {
  const [, own, rest = ''] = new RegExp(`^(?:(${pingedCommands.join('|')})=)?(.*)$`).exec(word) ?? []
  const [, kind, address = ''] = /^(?:([a-z]+)\+)?(https?:.*)$/.exec(rest) ?? []
  const url = urlOf(address.replaceAll(commandMark, 'backup'))
  if (url === null) return nobody(which, 'is no address, such as https://hc-ping.com/KEY/seatable-{command}?create=1')
  const found = kind ?? kindOfPath(url.pathname)
  const place = (kind: PingPlace['kind']): PingPlace => ({
    kind,
    url: address,
    name: `${kind} at ${url.host} (${which})`,
    commands: own === undefined && address.includes(commandMark) ? pingedCommands : [own ?? 'backup'],
  })
  switch (found) {
    case 'healthchecks':
      return place(found)
    case 'kuma':
      return url.pathname.includes('/api/push/')
        ? place(found)
        : nobody(which, 'is not what Uptime Kuma shows for a push monitor: kuma+https://HOST/api/push/TOKEN')
    case 'gatus':
      return url.username !== '' && /\/api\/v1\/endpoints\/[^/]+\/external$/.test(url.pathname)
        ? place(found)
        : nobody(which, 'must be gatus+https://TOKEN@HOST/api/v1/endpoints/GROUP_NAME/external')
    default:
      return nobody(which, `has the kind ${found}+; known are kuma+, gatus+ and, for healthchecks, none`)
  }
}

// What these two show is easily pasted without the kind; the protocol of healthchecks would find nothing there.
const kindOfPath = (path: string): PingPlace['kind'] => {
  if (path.includes('/api/push/')) return 'kuma'
  return path.includes('/api/v1/endpoints/') ? 'gatus' : 'healthchecks'
}

const kinds = ['ntfy', 'slack', 'discord', 'teams', 'gotify', 'webhook'] as const

/** Hosts at which nothing else answers. */
const knownHosts: readonly (readonly [RegExp, (typeof kinds)[number]])[] = [
  [/^ntfy\.sh$/, 'ntfy'],
  [/^hooks\.slack(-gov)?\.com$/, 'slack'],
  [/^((canary|ptb)\.)?discord(app)?\.com$/, 'discord'],
  [/\.(logic\.azure\.com|api\.powerplatform\.com|webhook\.office\.com)$/, 'teams'],
]

const noticePlace = (word: string, which: string): NoticePlace | NoPlace => {
  if (word.startsWith('mailto:')) return mailPlace(word.slice('mailto:'.length), which)
  const [, kind, address = ''] = /^(?:([a-z]+)\+)?(https?:.*)$/.exec(word) ?? []
  const url = urlOf(address)
  if (url === null)
    return nobody(which, 'is no address, such as ntfy+https://ntfy.sh/TOPIC or mailto:admin@example.com')
  const found = kind ?? knownHosts.find(([host]) => host.test(url.hostname))?.[1]
  const known = kinds.find((one) => one === found)
  if (known === undefined) {
    return nobody(
      which,
      `needs a kind in front, one of ${kinds.map((one) => `${one}+`).join(', ')}, as webhook+https://…`,
    )
  }
  const wrong = problemOfAddress(known, url)
  if (wrong !== null) return nobody(which, wrong)
  // The host of a webhook can be all that keeps it secret.
  return { kind: known, url: address, name: `${known}${known === 'webhook' ? '' : ` at ${url.host}`} (${which})` }
}

const problemOfAddress = (kind: (typeof kinds)[number], url: URL): string | null => {
  if (kind === 'ntfy' && !/[^/]$/.test(url.pathname)) return 'needs the topic: ntfy+https://HOST/TOPIC'
  if (kind === 'gotify' && !url.searchParams.get('token'))
    return 'needs the token: gotify+https://HOST/message?token=TOKEN'
  return null
}

/** Behind an address, as a query. */
const weeklyReport = 'report=weekly'

const mailPlace = (text: string, which: string): NoticePlace | NoPlace => {
  const [address = '', query] = text.split(/\?(.*)/s, 2)
  const [, host] = /^[^\s@<>,;:?&"()[\]\\%]+@([^\s@<>,;:?&"()[\]\\%]+)$/.exec(address) ?? []
  return host === undefined || (query !== undefined && query !== weeklyReport)
    ? nobody(which, `must be one address: mailto:admin@example.com, or mailto:admin@example.com?${weeklyReport}`)
    : { kind: 'mail', url: address, name: `mail to ${host} (${which})`, weeklyReport: query !== undefined }
}

const urlOf = (text: string): URL | null => (URL.canParse(text) ? new URL(text) : null)
