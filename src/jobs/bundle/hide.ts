import { withoutCredentials } from '../../restic/mask-secrets.ts'

/** What must not be read by others. */
export interface Hidden {
  readonly secrets: readonly string[]
  /** Names under which machines are reached. */
  readonly hosts: readonly string[]
}

/** Shorter ones would blot out words of every text. */
const shortestSecret = 6

/** A text without secrets, and without what stands for a machine that others could reach. */
export const hide = (text: string, { secrets, hosts }: Hidden): string => {
  const longestFirst = (words: readonly string[]) => [...new Set(words)].toSorted((a, b) => b.length - a.length)
  const spelled = secrets.filter(({ length }) => length >= shortestSecret).flatMap(spellings)
  const withoutSecrets = longestFirst(spelled).reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
  const known = longestFirst(hosts.filter(isTelling))
  return known.reduce((rest, host) => rest.replaceAll(host, '(host)'), withoutCredentials(withoutSecrets))
}

/** As it is, as it stands in a JSON document, and in an address. */
const spellings = (secret: string): string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
]

/** A name without a domain, such as that of a container, says nothing to others, and is a word of many texts. */
const isTelling = (host: string): boolean => /[.:]/.test(host) && !/^(127\.|::1$|0\.0\.0\.0$)/.test(host)

/** The names of machines in an address, such as that of a repository. */
export const hostsIn = (address: string): string[] =>
  [...withoutCredentials(address).matchAll(/(?:^|\/\/|@|:)([\w-]+(?:\.[\w-]+)+)/g)].map(([, host = '']) => host)
