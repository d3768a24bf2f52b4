import { execa } from 'execa'
import type { PipeSql, Sql } from '../fixture/sql.ts'

/** How a `mariadb` client is reached: on this machine or inside a container. Secrets go by `env` or the container's own. */
export interface ClientCommand {
  readonly file: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export const clientOptions = [
  '--user=root',
  '--batch',
  '--skip-column-names',
  '--binary-mode',
  '--comments',
  '--default-character-set=utf8mb4',
  '--max-allowed-packet=1G',
]

export const sqlOver =
  (client: ClientCommand): Sql =>
  async (sql, database) => {
    const { stdout } = await execa(client.file, [...client.args, ...(database ? [database] : [])], {
      ...(client.env ? { env: client.env } : {}),
      input: sql,
      maxBuffer: 512 * 1024 * 1024,
    })
    return stdout === '' ? [] : stdout.split('\n').map((line) => line.split('\t').map(unescaped))
  }

export const pipeSqlOver =
  (client: ClientCommand): PipeSql =>
  async (sql, database) => {
    await execa(client.file, [...client.args, ...(database ? [database] : [])], {
      ...(client.env ? { env: client.env } : {}),
      input: sql,
    })
  }

const escapes: Record<string, string> = { n: '\n', t: '\t', '0': '\0', '\\': '\\' }

/** The client in batch mode escapes what would break its lines. */
const unescaped = (value: string): string =>
  value.replace(/\\([nt0\\])/g, (_, letter: string) => escapes[letter] ?? letter)
