/** The lines of a unit file: its section, name and value; lines that end with a backslash are joined. */
export interface UnitLine {
  readonly section: string
  readonly name: string
  readonly value: string
}

/** Throws for a line that is neither a comment, a section nor `Name=value`. */
export const parseUnit = (text: string): UnitLine[] => {
  const lines = text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => !/^\s*([#;]|$)/.test(line))
  let section = ''
  return lines.flatMap((line) => {
    const [, heading] = /^\[(\w+)\]$/.exec(line) ?? []
    if (heading !== undefined) {
      section = heading
      return []
    }
    const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? []
    if (section === '' || name === undefined || value === undefined) throw new Error(`not a line of a unit: ${line}`)
    return [{ section, name, value }]
  })
}

export const valuesOf = (unit: readonly UnitLine[], name: string): string[] =>
  unit.filter((line) => line.name === name).map(({ value }) => value)

/** The words of a command line, with `${NAME}` and `%%` replaced as systemd does. */
export const wordsOf = (command: string, environment: Readonly<Record<string, string>>): string[] =>
  [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) =>
    (quoted ?? plain ?? '')
      .replaceAll(/\$\{(\w+)\}/g, (_, name: string) => environment[name] ?? '')
      .replaceAll('%%', '%'),
  )
