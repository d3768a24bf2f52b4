import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Whoever is in one of these, or imports something of it, needs servers, containers, restic, or the network. */
const withServers: readonly string[] = ['test/environment/', 'test/e2e/', 'test/full/']

const suites: readonly string[] = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => join('test', file))

const importsOf = (file: string): readonly string[] =>
  [...readFileSync(file, 'utf8').matchAll(/\bfrom '(?<path>\.[^']+)'/g)]
    .map(({ groups = {} }) => join(dirname(file), groups.path ?? ''))
    .filter((path) => path.startsWith('test/'))

/** Whether a file lies there or imports what lies there, also by way of other files of `test`. */
const needsServers = (file: string, seen = new Set<string>()): boolean => {
  if (withServers.some((folder) => file.startsWith(folder))) return true
  if (seen.has(file)) return false
  seen.add(file)
  return importsOf(file).some((imported) => needsServers(imported, seen))
}

/** The rule that makes a suite one of `npm run test:unit`: it needs nothing of these folders. */
export const suitesWithoutServers = (): readonly string[] => suites.filter((suite) => !needsServers(suite))
