import { MalformedDump } from './malformed-dump.ts'
import { isServer, serverVersion } from './server-version.ts'
import { type Characters, charactersOf } from './wide-characters.ts'

/** What of a session decides where the server sees the end of a string, a name or a character. */
export interface Reading {
  readonly backslashEscapes: boolean
  /** Double quotes stand around names. */
  readonly ansiQuotes: boolean
  /** Routines have Oracle’s grammar. */
  readonly oracle: boolean
  /** Brackets may stand around names: MariaDB's mode MSSQL. */
  readonly brackets: boolean
  /** Text may stand between dollars: MySQL since 9. */
  readonly dollarQuotes: boolean
  readonly characters: Characters
}

/** How a dump begins: the client’s own preamble says so. */
export const usual: Reading = {
  backslashEscapes: true,
  ansiQuotes: false,
  oracle: false,
  brackets: false,
  dollarQuotes: false,
  characters: 'utf8',
}

/** What a variable keeps: the sql_mode of its time, or the character set. */
interface Kept {
  readonly setting: 'sql_mode' | 'character_set_client'
  readonly reading: Reading
}

/**
 * Follows the SET statements of a dump. Throws `MalformedDump` when servers, or we, may not agree on what is in force:
 * a mode out of a variable that keeps none, or in a comment that some versions skip.
 */
export class SessionReading {
  #current = usual
  readonly #kept = new Map<string, Kept>([
    ['@old_sql_mode', { setting: 'sql_mode', reading: usual }],
    ['@old_character_set_client', { setting: 'character_set_client', reading: usual }],
  ])

  get current(): Reading {
    return this.#current
  }

  /** `version` as the server tells it. */
  noticeServer(version: string): void {
    this.#current = { ...this.#current, dollarQuotes: isServer(serverVersion(version), 'mysql', '>=9') }
  }

  notice(statement: string): void {
    const [, mark = '', assignments] = /^(?:(\/\*M?!\d*) )?SET (.*)/is.exec(statement) ?? []
    if (assignments === undefined) return
    const inForce = (setting: Kept['setting']) => {
      if (!/^(?:\/\*!(?:[34]\d{4}|50[0-6]\d\d)?)?$/.test(mark)) throw notForAll(setting)
    }
    const names = /^NAMES (\w+)/i.exec(assignments)?.[1]
    if (names !== undefined) {
      inForce('character_set_client')
      this.#set('character_set_client', names, this.#kept)
    }
    // The server looks at all values before it sets any.
    const [before, kept] = [this.#current, new Map(this.#kept)]
    for (const [, variable = '', value = ''] of assignments.matchAll(/(@?\w+)\s*=\s*('[^']*'|@{0,2}\w+)/g)) {
      const setting = settingOf(variable.startsWith('@') ? value.replace(/^@@/, '') : variable)
      if (variable.startsWith('@')) this.#kept.delete(variable.toLowerCase())
      if (setting === null) continue
      inForce(setting)
      if (variable.startsWith('@')) this.#kept.set(variable.toLowerCase(), { setting, reading: before })
      else this.#set(setting, value, kept)
    }
  }

  #set(setting: Kept['setting'], value: string, keptBefore: ReadonlyMap<string, Kept>): void {
    if (value.startsWith('@')) {
      const kept = keptBefore.get(value.toLowerCase())
      if (kept?.setting !== setting) throw new MalformedDump(`${setting} is set from a variable that does not keep it`)
      const { characters, dollarQuotes: _, ...mode } = kept.reading
      this.#current = { ...this.#current, ...(setting === 'sql_mode' ? mode : { characters }) }
    } else if (setting === 'sql_mode') {
      this.#current = { ...this.#current, ...modeOf(value) }
    } else {
      this.#current = { ...this.#current, characters: charactersOf(value.replaceAll("'", '')) }
    }
  }
}

const settingOf = (variable: string): Kept['setting'] | null => {
  const name = variable.toLowerCase()
  return name === 'sql_mode' || name === 'character_set_client' ? name : null
}

const modeOf = (value: string): Omit<Reading, 'characters' | 'dollarQuotes'> => ({
  backslashEscapes: !/NO_BACKSLASH_ESCAPES/i.test(value),
  // The combined modes of other products bring it with them.
  ansiQuotes: /ANSI|ORACLE|DB2|MSSQL|POSTGRESQL|MAXDB/i.test(value),
  oracle: /ORACLE/i.test(value),
  brackets: /MSSQL/i.test(value),
})

const notForAll = (setting: string) => new MalformedDump(`${setting} is set in a comment that not every server reads`)
