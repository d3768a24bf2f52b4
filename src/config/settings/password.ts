import type { Settings } from './setting.ts'
import { absolutePath, command, text } from './value-types.ts'

/** The sources of the password of the database user, of which one at most is set. */
export const password = {
  DB_PASSWORD: {
    type: text('must be one line, without control characters', () => true).transform(
      (value) => ({ from: 'value', value }) as const,
    ),
    default: null,
    otherwise: "the container's own root password, read inside it",
    doc: 'The password of that user. A file or a command keeps it out of the environment.',
    example: "'correct horse battery staple'",
    secret: true,
  },
  DB_PASSWORD_FILE: {
    type: absolutePath.transform((path) => ({ from: 'file', path }) as const),
    default: null,
    otherwise: 'none',
    doc: 'A file that holds the password and nothing else.',
    example: '/etc/seatable-restic/db-password',
  },
  DB_PASSWORD_COMMAND: {
    type: command.transform((words) => ({ from: 'command', words }) as const),
    default: null,
    otherwise: 'none',
    doc: 'A command that prints the password. It is run without a shell.',
    example: "'pass show seatable/mariadb'",
    secret: true,
  },
} as const satisfies Settings
