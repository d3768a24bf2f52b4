import type { Writable } from 'node:stream'
import type { Command } from '../process.ts'
import type { Option } from './connection-options.ts'

/** Who connects to the database. A `null` password means the container's own root password, or the host's option files. */
export interface Credentials {
  readonly user: string
  readonly password: string | null
}

/** A database client ready to run: its argv, and what must be written to its standard input before anything else. */
export interface PreparedClient {
  readonly command: Command
  readonly preamble: string
  /**
   * Chooses the way by which much comes or goes, once the client has started; null when there is only its standard
   * output or input. `ended` is fulfilled when the client has ended. It never rejects.
   */
  readonly chooseRoute: ((ended: Promise<unknown>) => Promise<Route>) | null
  /** Ends the client where it runs: ending the host's half of a `docker exec` leaves the other half running. */
  kill(): Promise<void>
  /** Learns from a line of stderr; true when the line was meant for the engine and not for people. */
  heard(line: string): boolean
  dispose(): Promise<void>
}

/** Of what a client has much. */
export type Much = 'input' | 'output'

/** A way by which a client's output comes, or its input goes. */
export interface Route {
  /** What the client must be told on its standard input, after the preamble: it waits for that. */
  readonly answer: string
  /** Read this instead of the standard output; null when that is the way. */
  readonly output: Bypass | null
  /** Write to this instead of the standard input; null when that is the way. Its errors are nobody's: the exit code tells. */
  readonly input: Writable | null
  /** For people: which way it is, and why. */
  readonly description: string
}

/** What comes not through the standard output. */
export interface Bypass {
  /** Hands on what comes, to its end. Rejects with what `take` throws. To be called once. */
  read(take: Take): Promise<void>
  /** Reads no more: what comes is not wanted, or nothing comes any more. */
  close(): void
}

/** Takes bytes, which are valid until it returns, or until the promise that it returns is fulfilled. */
export type Take = (bytes: Buffer) => Promise<void> | undefined

/** Where the server answers a connection of our own, and as whom we come. */
export interface Reach {
  readonly at: { readonly socket: string } | { readonly host: string; readonly port: number }
  readonly user: string
  readonly password: string
  /** How TLS is used; null when it is not. */
  readonly tls: ReachByTls | null
}

export interface ReachByTls {
  /** Certificates in PEM of who may have signed the server’s; null: none is given, and the server is believed as the client does. */
  readonly ca: string | null
  /** The server’s certificate must be made out to the host. */
  readonly verifyHost: boolean
  readonly cert: string | null
  readonly key: string | null
}

/** What a session of the client has found out about its server. */
export interface Reached {
  /** The server’s own socket, as it names it; empty when it has none. */
  readonly socket: string
  /** True when what that session sends is encrypted. */
  readonly encrypted: boolean
}

/** How a command is run where the database client is. */
export interface Engine {
  /** What to call the place in a message: a container, or this host. */
  readonly place: string
  /** True when it is where the server is, on the server's own disks; from this host the server can be anywhere. */
  readonly besideServer: boolean
  /** True when a client without a password has only that of the option files. */
  readonly passwordIsInOptionFiles: boolean
  /** Whether a program that ended with this code may be there under another name. */
  mayHaveAnotherName(exitCode: number | null): boolean
  /** Runs a program there that needs no password. */
  probe(program: readonly string[]): Command
  /**
   * Prepares a database client: no password in any argv, nor in an environment others can read; of all option files it
   * reads one of ours only, with `files` in it. With `much` a faster way than its standard output or input is looked for.
   */
  prepare(
    program: readonly string[],
    credentials: Credentials,
    files: readonly Option[],
    much?: Much,
  ): Promise<PreparedClient>
  /** How this process comes to the same server by itself; or why it cannot, as the end of a sentence. */
  reach(credentials: Credentials, files: readonly Option[], reached: Reached): Promise<Reach | string>
}
