import { parseAssignments } from './env-file.ts'

/** The text of an env file in which these have these values; all else stays as it is, comments too. */
export const withAssignments = (text: string, values: Readonly<Record<string, string>>): string => {
  let changed = text === '' || text.endsWith('\n') ? text : `${text}\n`
  for (const [name, value] of Object.entries(values)) {
    const line = `${name}=${quoted(value)}`
    // The line that sets it, else the example of it.
    const set = new RegExp(`^[ \\t]*(export[ \\t]+)?${name}=.*$`, 'm')
    const example = new RegExp(`^#${name}=.*$`, 'm')
    const there = [set, example].find((pattern) => pattern.test(changed))
    changed = there === undefined ? `${changed}${line}\n` : changed.replace(there, () => line)
  }
  return changed
}

/** As the parser of env files, and a shell, read it back. */
const quoted = (value: string): string => {
  if (/^[\w@%+:,./-]*$/.test(value)) return value
  return value.includes("'") ? `"${value.replaceAll(/["\\$`]/g, (mark) => `\\${mark}`)}"` : `'${value}'`
}

/** The values that stand in a text, by name. */
export const assignmentsOf = (text: string): ReadonlyMap<string, string> =>
  new Map(parseAssignments(text).assignments.map(({ name, value }) => [name, value]))
