import { type Command, run } from '../process.ts'
import type { Engine } from './engine.ts'

const pidMark = 'seatable-restic-client-pid '

/**
 * Runs inside the container: takes the password from the first line of stdin ($1 = stdin) or from the variables of
 * the official images ($1 = own), says its process id, and becomes the client. `read` takes one line and leaves the
 * rest of stdin to the client; -r and the empty IFS keep every byte of the password.
 */
const becomeClient = `
if [ "$1" = stdin ]; then
  IFS= read -r MYSQL_PWD
else
  MYSQL_PWD="\${MARIADB_ROOT_PASSWORD:-\${MYSQL_ROOT_PASSWORD:-}}"
  file="\${MARIADB_ROOT_PASSWORD_FILE:-\${MYSQL_ROOT_PASSWORD_FILE:-}}"
  if [ -z "$MYSQL_PWD" ] && [ -n "$file" ]; then MYSQL_PWD="$(cat "$file")"; fi
fi
export MYSQL_PWD
shift
echo "${pidMark}$$" >&2
exec "$@"
`

/** docker and podman: the client runs inside the database's container, never on a terminal (`-t` would alter bytes). */
export const containerEngine = (
  cli: 'docker' | 'podman',
  container: string,
  environment: Readonly<Record<string, string>>,
): Engine => {
  const exec = (program: readonly string[]): Command => ({
    file: cli,
    args: ['exec', '-i', container, ...program],
    env: environment,
  })
  return {
    name: cli,
    place: `container ${container}`,
    probe: exec,
    prepare: async (program, { password }) => {
      let pid: string | null = null
      return {
        command: exec(['sh', '-c', becomeClient, 'sh', password === null ? 'own' : 'stdin', ...program]),
        preamble: password === null ? '' : `${password}\n`,
        heard: (line) => {
          if (!line.startsWith(pidMark)) return false
          pid = line.slice(pidMark.length).trim()
          return true
        },
        kill: async () => {
          if (pid === null) return
          await run(exec(['sh', '-c', 'kill -9 "$1"', 'sh', pid]), { timeout: 10_000 })
        },
        dispose: async () => {},
      }
    },
  }
}
