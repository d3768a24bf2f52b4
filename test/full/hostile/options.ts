import { execa } from 'execa'
import type { Hostile } from './configuration.ts'

/** What a stranger’s file may say for us too: how to connect, and as whom. */
const connects =
  /^(user|password\d?|host|port|socket|protocol|plugin-dir|default-auth|connect-timeout|login-path|ssl.*|tls.*|compress.*|pipe|init-command.*|get-server-public-key|server-public-key-path|defaults-.*|no-defaults|print-defaults|help|version|character-sets-dir|debug.*)$/

/** Every option of the two programs that we run, as the programs themselves list them, each with a value that hurts. */
export const hostileOptions = async (): Promise<Hostile[]> => [
  ...(await optionsOf('mariadb', ['client', 'mysql', 'mariadb', 'client-mariadb'])),
  ...(await optionsOf('mariadb-dump', ['client', 'mysqldump', 'mariadb-dump', 'client-mariadb'])),
]

const optionsOf = async (program: string, groups: readonly string[]): Promise<Hostile[]> => {
  const { stdout } = await execa(program, ['--no-defaults', '--help'])
  const [, table = ''] = stdout.split(/^-+ -+$/m)
  return table
    .split('\n')
    .map((line) => /^([a-z][\w-]+)\s+(.*?)\s*$/.exec(line))
    .filter((found) => found !== null && !connects.test(found[1] ?? ''))
    .flatMap((found, i) => {
      const [, name = '', usual = ''] = found ?? []
      // An option of one program stops the other in the groups that both read: then nobody could work there.
      const group = groups[1 + (i % (groups.length - 1))] ?? 'client'
      return valuesOf(name, usual).map(
        (value) =>
          ({
            kind: 'option',
            group,
            name: value === off ? `skip-${name}` : name,
            value: value === off ? null : value,
          }) as const,
      )
    })
}

const off = Symbol.for('off') as unknown as string

const texts: Readonly<Record<string, string>> = {
  'default-character-set': 'latin1',
  'ignore-table': 'dtable_db.rows',
  'ignore-table-data': 'dtable_db.rows',
  'ignore-database': 'dtable_db',
  where: '1=0',
  'result-file': '/dev/null',
  tab: '/tmp',
  delimiter: '%%',
  database: 'mysql',
  execute: 'SELECT 1',
  tee: '/dev/null',
  'fields-terminated-by': ',',
  'lines-terminated-by': '!',
  compatible: 'ansi',
  'set-charset': '0',
}

const valuesOf = (name: string, usual: string): readonly string[] => {
  if (usual === 'TRUE') return [off]
  if (usual === 'FALSE') return ['1']
  const text = texts[name]
  if (text !== undefined) return [text]
  if (/^\d+$/.test(usual)) return ['1', '5000']
  return []
}
