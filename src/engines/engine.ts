import type { EngineName } from '../config/config.ts'
import type { Command } from '../process.ts'

/** Who connects to the database. A `null` password means the container's own root password, or the host's option files. */
export interface Credentials {
  readonly user: string
  readonly password: string | null
}

/** A database client ready to run: its argv, and what must be written to its standard input before anything else. */
export interface PreparedClient {
  readonly command: Command
  readonly preamble: string
  /** Ends the client where it runs: ending the host's half of a `docker exec` leaves the other half running. */
  kill(): Promise<void>
  /** Learns from a line of stderr; true when the line was meant for the engine and not for people. */
  heard(line: string): boolean
  dispose(): Promise<void>
}

/** How a command is run where the database client is. */
export interface Engine {
  readonly name: EngineName
  /** What to call the place in a message: a container, or this host. */
  readonly place: string
  /** Runs a program there that needs no password. */
  probe(program: readonly string[]): Command
  /** Prepares a database client: no password in any argv, nor in an environment others can read. */
  prepare(program: readonly string[], credentials: Credentials): Promise<PreparedClient>
}
