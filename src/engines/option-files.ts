import { run } from '../process.ts'
import { connectionOptions, type Option, readPrinted } from './connection-options.ts'
import type { Engine } from './engine.ts'

/** What the option files where the database is say of connecting, and what is to be told about reading them. */
export interface OptionFiles {
  readonly options: readonly Option[]
  /** Sentences, for people. */
  readonly notes: readonly string[]
  /** True when they hold a password that nobody tells. */
  readonly hidesPassword: boolean
}

/** The groups that both products' `mysql` reads. One set for the client and the dump program: one server for both. */
const groups = {
  mariadb: ['mysql', 'mariadb-client', 'client', 'client-server', 'client-mariadb'],
  mysql: ['mysql', 'client'],
}

const answerMs = 60_000

/**
 * Asks `my_print_defaults` what the option files say, which knows where they are and how they are written; where there
 * is none, the client itself, which hides passwords in MySQL. Never fails: without an answer no option is let through.
 */
export const readOptionFiles = async (
  engine: Engine,
  { client, flavour }: { readonly client: string; readonly flavour: 'mariadb' | 'mysql' },
  signal?: AbortSignal,
): Promise<OptionFiles> => {
  const ask = (program: readonly string[]) =>
    run(engine.probe(program), { signal, timeout: answerMs, ownSession: true })
  // MySQL’s hides passwords unless it is told to show them, and MariaDB’s does not know that option.
  for (const show of [['-s'], []]) {
    const { exitCode, stdout } = await ask(['my_print_defaults', ...show, ...groups[flavour]])
    if (exitCode === 0)
      return { options: withoutHidden(connectionOptions(readPrinted(stdout))), notes: [], hidesPassword: false }
  }
  const { exitCode, stdout } = await ask([client, '--print-defaults'])
  const lacking = `my_print_defaults does not work (${engine.place})`
  if (exitCode !== 0) {
    return {
      options: [],
      notes: [`${lacking}, nor does ${client} --print-defaults: no option file is used`],
      hidesPassword: false,
    }
  }
  const found = connectionOptions(readPrinted(stdout.replace(/^.*\n/, '').replaceAll(' --', '\n--').trimEnd()))
  const options = withoutHidden(found)
  const hidesPassword = options.length < found.length
  const asked = `${lacking}: what the option files say of connecting was asked of ${client}`
  return { options, hidesPassword, notes: [hidesPassword ? `${asked}, which does not tell passwords` : asked] }
}

const withoutHidden = (options: readonly Option[]): Option[] =>
  options.filter(({ name, value }) => !(name.startsWith('password') && value === '*****'))
