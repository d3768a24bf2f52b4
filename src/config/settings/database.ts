import { z } from 'zod'
import { engineNames } from '../../engine-names.ts'
import { isSystemDatabase } from '../../system-databases.ts'
import type { Settings } from './setting.ts'
import { absolutePath, containerName, list, text, wholeNumber } from './value-types.ts'

const problemOfDatabase = (name: string): string | null => {
  if (!/^[A-Za-z0-9_$][A-Za-z0-9_$-]{0,63}$/.test(name)) {
    return 'must be the name of a database: at most 64 letters, digits, "_", "$" and "-"'
  }
  return isSystemDatabase(name) ? "is the database server's own and cannot be restored" : null
}

/** Which databases are saved, and how their server is reached. */
export const database = {
  ENGINE: {
    type: z.enum(engineNames, { error: 'must be docker, podman or none' }),
    default: null,
    otherwise: 'found',
    doc: 'How the database is reached: in a container of `docker` or `podman`, or with the client of this host (`none`).',
    example: 'docker',
  },
  DATABASES: {
    type: list(problemOfDatabase),
    default: null,
    otherwise: "found: what SeaTable's server is configured with, else `ccnet_db seafile_db dtable_db`",
    doc: 'The databases that are saved, all at the same instant.',
    example: 'ccnet_db seafile_db dtable_db',
  },
  DB_CONTAINER: {
    type: containerName,
    default: null,
    otherwise: "found: by the database host that SeaTable's server is configured with, else by its mounts",
    doc: 'The container that runs the database.',
    example: 'mariadb',
  },
  DB_HOST: {
    type: text('must be the name or address of a host', (value) => /^[^\s/-][^\s/]*$/.test(value)),
    default: null,
    otherwise: "the client's own",
    doc: 'The host of the database server. Only with `ENGINE=none`.',
    example: '127.0.0.1',
  },
  DB_PORT: {
    type: wholeNumber(1, 65_535, 'must be a port: a whole number from 1 to 65535'),
    default: null,
    otherwise: "the client's own",
    doc: 'The port of the database server. Only with `ENGINE=none`.',
    example: '3306',
  },
  DB_SOCKET: {
    type: absolutePath,
    default: null,
    otherwise: "the client's own",
    doc: 'The socket of the database server, instead of a host and a port. Only with `ENGINE=none`.',
    example: '/run/mysqld/mysqld.sock',
  },
  DB_USER: {
    type: text('must be the name of a user, without spaces and quotes', (value) =>
      /^[^\s'"`\\-][^\s'"`\\]*$/.test(value),
    ),
    default: 'root',
    doc: 'The user that reads, and at a restore writes, the databases.',
    example: 'root',
  },
  ROWS: {
    type: z.enum(['auto', 'wire', 'dump'], { error: 'must be auto, wire or dump' }),
    default: 'auto',
    doc: 'How a backup reads the rows of the tables, which makes no difference in what is saved: `auto` over a connection of its own where that is possible, else by the dump program; `wire` over a connection, and an error where that is not possible; `dump` by the dump program, as everything else, which is slower.',
    example: 'dump',
  },
} as const satisfies Settings
