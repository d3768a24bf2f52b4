import type { ContainerCli } from '../../engines/container-cli.ts'
import { containerOf } from '../find/database.ts'
import type { Installation } from '../find/installation.ts'

/** The script of the SeaTable server's image that backs up and restores big data. */
export interface SeaTableScript {
  /** Inside the container. */
  readonly path: string
  readonly text: string
}

/** Null when the container has none, or none that can be read. */
export const findScript = async (
  cli: ContainerCli,
  container: string,
  signal?: AbortSignal,
): Promise<SeaTableScript | null> => {
  const { exitCode, stdout } = await cli.exec(container, ['sh', '-c', showScript], {
    timeout: 30_000,
    ...(signal ? { signal } : {}),
  })
  const end = stdout.indexOf('\n')
  return exitCode === 0 && end > 0 ? { path: stdout.slice(0, end), text: stdout.slice(end + 1) } : null
}

/** Where the manual has it. */
export const usualScriptPath = '/opt/seatable/scripts/seatable.sh'

/**
 * What an administrator types to have the script do something: by the engine of the server container, of the database's
 * where there is none yet, and of the manual where neither is found.
 */
export const scriptCommand = (
  { server, database = null }: Pick<Installation, 'server'> & { readonly database?: Installation['database'] | null },
  words: string,
): string => {
  const ofDatabase = (database === null ? null : containerOf(database))?.engine ?? 'docker'
  return `${server?.cli ?? ofDatabase} exec ${server?.container.name ?? 'seatable-server'} ${usualScriptPath} ${words}`
}

/** The manual’s path first: inside a container the script need not be on the PATH. */
const showScript = `for script in ${usualScriptPath} "$(command -v seatable.sh)" /templates/seatable.sh; do
  if [ -f "$script" ] && [ -r "$script" ]; then
    echo "$script"
    exec cat "$script"
  fi
done
exit 1`

/**
 * `known`: the script has a case of its own for the verb. It takes any other verb for `start`, which kills every process
 * of SeaTable first, so nothing is ever tried: `unclear` when the script names the verb in a way that is not understood.
 */
export const findVerb = (script: string, verb: string): 'known' | 'unknown' | 'unclear' => {
  const lines = script.split('\n').filter((line) => !/^\s*#/.test(line))
  const start = lines.findLastIndex((line) => /^\s*case\s+"?\$(1|\{1(:?-[^}]*)?\})"?\s+in\s*$/.test(line))
  const choices = lines.slice(start + 1).map(choicesOf)
  if (start >= 0 && choices.some((names) => names.includes(verb))) return 'known'
  return lines.some((line) => line.includes(verb)) ? 'unclear' : 'unknown'
}

/** `"gc" | "clean")` offers `gc` and `clean`; another line nothing. */
const choicesOf = (line: string): string[] => {
  const pattern = /^\s*\(?([\w"'|\s-]+)\)/.exec(line)?.[1]
  return pattern?.split('|').map((one) => one.trim().replace(/^(["'])(.*)\1$/, '$2')) ?? []
}
