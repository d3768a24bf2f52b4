import { randomBytes } from 'node:crypto'
import type { ContainerProgram } from '../engine-names.ts'
import { lowIo, lowNiceness } from '../priority.ts'
import { type Command, run } from '../process.ts'
import { clientVariables, noLoginFile } from './client-environment.ts'
import { nowhere, optionFileOf } from './connection-options.ts'
import { pidOfContainer } from './container-pid.ts'
import type { Engine, Much, Route } from './engine.ts'
import { openInput, openOutput } from './fifo.ts'
import { ownPasswordInto } from './own-password.ts'
import { reachIntoContainer } from './reach-into-container.ts'

const pidMark = 'seatable-restic-client-pid '
const fifoMark = 'seatable-restic-fifo '
const fifoFolder = 'seatable-restic-fifo.'

/** How a shell, and `exec` of docker and podman, end when there is no such program. */
const notExecutable = 126
const notFound = 127

/** The descriptor of the option file. */
const optionsAt = 3

/** Directories of which one can be written to in any container. */
const places = ['/tmp', '/var/tmp', '/run', '/dev/shm']

/** What a shell in the container forgets before it runs a client. */
const forget = `unset ${clientVariables.join(' ')}
export ${Object.entries(noLoginFile)
  .map(([name, value]) => `${name}=${value}`)
  .join(' ')}`

const withoutVariables = `${forget}
exec "$@"`

/**
 * Runs inside the container: takes the option file from stdin, up to its empty line, says its process id, and becomes
 * the client, which finds that file behind a descriptor: it is on no disk. Where no password is known ($1 = own) the
 * variables of the official images may hold it; an option file goes before them. `read` takes one line and leaves the
 * rest of stdin to the client; -r and the empty IFS keep every byte.
 *
 * With a token ($3) it first makes a FIFO in a directory of its own, writes the token into it and says where it is.
 * When stdin says that this was read, the FIFO becomes the client's input or output ($2), and it and its directory are
 * removed before there is a client: the two open ends are all that is left. It is never without a reader and a writer
 * meanwhile, so that nobody waits. When nobody answers, the shell removes them and ends. What a shell could not remove,
 * because it was killed, the next one removes. The clients write 4 KiB at a time, which is slow; `stdbuf` has them write
 * more.
 *
 * Where much comes or goes by a client that gives way ($4), it does so where the container has the programs for it: a
 * client of an exec is no child of ours. `nice` is tried out, because it warns where it is forbidden.
 */
const becomeClient = `
${forget}
options=
while IFS= read -r line && [ -n "$line" ]; do
  options="$options$line
"
done
if [ "$1" = own ]; then
  ${ownPasswordInto('MYSQL_PWD')}
  export MYSQL_PWD
fi
much=$2
token=$3
way=$4
shift 4
if [ -n "$token" ]; then
  folder= place=
  trap '[ -z "$folder" ] || rm -rf "$folder"' EXIT
  trap 'exit 1' HUP INT TERM
  for place in ${places.join(' ')}; do
    for left in "$place/${fifoFolder}"*; do
      owner=\${left##*/${fifoFolder}}
      [ -d "$left" ] || continue
      grep -q "\${owner#*.}" "/proc/\${owner%%.*}/cmdline" 2>/dev/null
      [ $? = 1 ] || [ ! -d "/proc/\${owner%%.*}" ] || continue
      rm -rf "$left"
    done
    folder="$place/${fifoFolder}$$.$token"
    mkdir -m 700 "$folder" 2>/dev/null && mkfifo -m 600 "$folder/data" 2>/dev/null &&
      (exec 3<>"$folder/data") 2>/dev/null && break
    rm -rf "$folder" 2>/dev/null
    folder=
  done
  if [ -n "$folder" ]; then
    exec 3<>"$folder/data"
    echo "$token" >&3
    echo "${fifoMark}$$ $place" >&2
  else
    echo "${fifoMark}none" >&2
  fi
  read -r route || exit 1
  case $route:$much in
    fifo:output) exec >"$folder/data" ;;
    fifo:input) exec <"$folder/data" ;;
  esac
  exec 3>&-
  [ -z "$folder" ] || rm -rf "$folder"
  trap - EXIT HUP INT TERM
  if [ "$much" = output ] && stdbuf -o256K true 2>/dev/null; then set -- stdbuf -o256K "$@"; fi
fi
if [ "$way" = gives ]; then
  case $(ionice 2>/dev/null) in none* | best-effort* | realtime*) ionice ${lowIo.join(' ')} -p $$ >/dev/null 2>&1 ;; esac
  niceness=$(nice 2>/dev/null)
  case $niceness in
    [0-9] | -[0-9] | -1[0-9] | -20)
      more=$((${lowNiceness} - $niceness))
      if said=$(nice -n "$more" true 2>&1) && [ -z "$said" ]; then set -- nice -n "$more" "$@"; fi ;;
  esac
fi
echo "${pidMark}$$" >&2
exec "$@" ${optionsAt}<<END_OF_OPTIONS
$options
END_OF_OPTIONS
`

/**
 * docker and podman: the client runs inside the database's container, never on a terminal (`-t` would alter bytes).
 * Where it `givesWay`, what much comes from, or goes to, has a low priority.
 */
export const containerEngine = (
  cli: ContainerProgram,
  container: string,
  environment: Readonly<Record<string, string>>,
  givesWay = false,
): Engine => {
  const exec = (program: readonly string[]): Command => ({
    file: cli,
    args: ['exec', '-i', container, ...program],
    env: environment,
  })
  return {
    place: `container ${container}`,
    besideServer: true,
    passwordIsInOptionFiles: false,
    mayHaveAnotherName: (exitCode) => exitCode === notExecutable || exitCode === notFound,
    probe: (program) => exec(['sh', '-c', withoutVariables, 'sh', ...program]),
    prepare: async ([client = '', ...args], credentials, files, much) => {
      let pid: string | null = null
      const offer = fifoOffer()
      const from = credentials.password === null ? 'own' : 'given'
      const program = [client, `--defaults-file=/dev/fd/${optionsAt}`, ...args]
      return {
        command: exec([
          'sh',
          '-c',
          becomeClient,
          'sh',
          from,
          ...(much ? [much, offer.token, givesWay ? 'gives' : ''] : ['', '', '']),
          ...program,
        ]),
        preamble: `${optionFileOf({ files, credentials, address: nowhere, anyUser: false })}\n`,
        chooseRoute: much
          ? async (ended) => {
              const found = await tryFifo(
                { ...offer, much, pid: pidOfContainer(cli, container, environment) },
                ended,
                environment,
              )
              return routeOf(cli, container, much, found)
            }
          : null,
        heard: (line) => {
          if (line.startsWith(fifoMark)) {
            offer.made(line.slice(fifoMark.length).trim())
            return true
          }
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
    reach: (...asked) => reachIntoContainer(pidOfContainer(cli, container, environment), exec, ...asked),
  }
}

/** A FIFO that the shell in the container is asked for: who asks, and what the shell says of it. */
interface FifoOffer {
  readonly token: string
  readonly answer: Promise<string>
  made(where: string): void
}

const fifoOffer = (): FifoOffer => {
  let made: (where: string) => void = () => {}
  const answer = new Promise<string>((resolve) => {
    made = resolve
  })
  return { token: randomBytes(16).toString('hex'), answer, made }
}

/** A shell in a container is waited for this long. */
const shellMs = 30_000

type Found = Pick<Route, 'output' | 'input'>

/** The FIFO, or why there is none, as the end of a sentence. */
const tryFifo = async (
  offer: FifoOffer & { readonly much: Much; readonly pid: Promise<number> },
  ended: Promise<unknown>,
  environment: Readonly<Record<string, string>>,
): Promise<Found | string> => {
  let timer: NodeJS.Timeout | undefined
  const nothing = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), shellMs)
    ended.then(() => resolve(null))
  })
  const said = await Promise.race([offer.answer, nothing])
  clearTimeout(timer)
  if (said === null) return 'no FIFO was offered'
  const [, owner, place = ''] = /^(\d+) (\S+)$/.exec(said) ?? []
  if (owner === undefined || !places.includes(place)) return 'no FIFO can be made in it'
  try {
    const path = `${place}/${fifoFolder}${owner}.${offer.token}/data`
    const fifo = { pid: await offer.pid, path, token: offer.token }
    return offer.much === 'output'
      ? { output: await openOutput(fifo, environment), input: null }
      : { output: null, input: await openInput(fifo, environment) }
  } catch (error) {
    return `its FIFO cannot be used from here: ${(error as Error).message}`
  }
}

const routeOf = (cli: string, container: string, much: Much, found: Found | string): Route => {
  const [what, from] = much === 'output' ? ['The dump comes', 'from'] : ['The rows go', 'into']
  return typeof found === 'string'
    ? {
        answer: 'stream\n',
        output: null,
        input: null,
        description: `${what} through ${cli} exec ${from} the container ${container}: ${found}`,
      }
    : { answer: 'fifo\n', ...found, description: `${what} through a FIFO of the container ${container}` }
}
