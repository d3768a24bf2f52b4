import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProgramEnd } from '../installation.ts'
import { shim } from '../shim.ts'
import type { CrashSite } from './crash-site.ts'

/** One statement of one client that is run after SeaTable was stopped: both count from 1 and 0. */
export interface Place {
  readonly client: number
  readonly statement: number
  readonly text: string
}

/** What the server answers instead of running the statement. */
export interface Injection {
  readonly place: Place
  readonly error: number
}

/** Between our program and the server: passes everything on, until it answers a statement itself. */
export interface FailingClient {
  /** Runs a command and returns what it sent after the stop, behind what the injections have failed. */
  record(injections: readonly Injection[], ...args: string[]): Promise<{ end: ProgramEnd; places: Place[] }>
}

// A client is sent statements that end with `;` and a line break: every text of ours is in hexadecimal digits.
const script = (folder: string, writerLog: string) => `
if [ ! -e '${folder}/count' ] || ! grep -q stop '${writerLog}'; then exec "$real" "$@"; fi
client=$(($(cat '${folder}/count') + 1))
echo $client >'${folder}/count'
input='${folder}/'$client.sql
cat >"$input"
if [ -e '${folder}/fail.'$client ]; then
  read -r statement error <'${folder}/fail.'$client
  awk -v n="$statement" 'BEGIN { RS = ";\\n"; ORS = ";\\n" } NR <= n' "$input" | "$real" "$@" || exit
  echo "ERROR $error (HY000) at line 1: injected by the test" >&2
  exit 1
fi
exec "$real" "$@" <"$input"
`

export const createFailingClient = async (site: CrashSite): Promise<FailingClient> => {
  const folder = join(site.folder, 'failing-client')
  const shims = join(folder, 'shims')
  const seen = join(folder, 'seen')
  await shim(shims, 'mariadb', script(seen, join(site.folder, 'writers.log')))
  const PATH = `${shims}:${join(site.folder, 'shims')}:${process.env.PATH}`
  return {
    record: async (injections, ...args) => {
      await rm(seen, { recursive: true, force: true })
      await mkdir(seen, { recursive: true })
      await site.stopsAndStarts()
      for (const { place, error } of injections) {
        await writeFile(join(seen, `fail.${place.client}`), `${place.statement} ${error}\n`)
      }
      await writeFile(join(seen, 'count'), '0\n')
      const end = await site.installation.within({ PATH }).run(...args)
      const last = Math.max(0, ...injections.map(({ place }) => place.client))
      const clients = (await readdir(seen))
        .filter((name) => name.endsWith('.sql'))
        .map((name) => Number.parseInt(name, 10))
      const places: Place[] = []
      for (const client of clients.filter((one) => one > last).sort((one, other) => one - other)) {
        const statements = (await readFile(join(seen, `${client}.sql`), 'latin1')).split(/;\n/)
        statements.forEach((text, statement) => {
          if (text.trim() !== '') places.push({ client, statement, text: readable(text) })
        })
      }
      return { end, places }
    },
  }
}

/** For people. */
const readable = (text: string): string =>
  text
    .trim()
    .replace(/^EXECUTE IMMEDIATE 0x([\da-f]+)$/, (_, hex: string) => Buffer.from(hex, 'hex').toString('latin1'))
    .replace(/^\/\*! /, '')
    .replace(/\s+/g, ' ')
    .slice(0, 70)
