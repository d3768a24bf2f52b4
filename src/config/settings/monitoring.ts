import { z } from 'zod'
import { mailServerOfUrl } from './mail-server.ts'
import { noticePlaces, pingPlaces } from './places.ts'
import { prefix, type Settings } from './setting.ts'
import { absolutePath } from './value-types.ts'

/**
 * Who is told of runs. What is wrong with an address is warned of by every run, and is no reason not to back up: no
 * address is refused here.
 */
export const monitoring = {
  HEALTHCHECK_URL: {
    type: z.string().transform((text) => pingPlaces(text, `${prefix}HEALTHCHECK_URL`)),
    default: null,
    otherwise: 'nobody',
    whenUnset: [],
    alsoNamed: 'HEALTHCHECK_URL',
    doc: 'Who is told that a run begins and how it ended, and raises an alarm when none comes: the address of a check of healthchecks.io, `kuma+https://…` or `gatus+https://…`. With `{command}` in it each command has a check of its own; without it only `backup` is told. `HEALTHCHECK_URL` is read as well.',
    example: 'https://hc-ping.com/your-ping-key/seatable-{command}?create=1',
    secret: true,
  },
  NOTIFY: {
    type: z.string().transform((text) => noticePlaces(text, `${prefix}NOTIFY`)),
    default: null,
    otherwise: 'nobody',
    whenUnset: [],
    doc: 'Where a message is sent to when a run fails, when the next one succeeds, and when a backup is overdue: addresses separated by spaces, with the kind in front: `ntfy+https://…`, `slack+…`, `discord+…`, `teams+…`, `gotify+…`, `webhook+…`, `mailto:…`. `mailto:…?report=weekly` gets the report as well, once a week.',
    example: 'ntfy+https://ntfy.sh/your-topic mailto:admin@example.com',
    secret: true,
  },
  NOTIFY_FILE: {
    type: absolutePath,
    default: null,
    otherwise: 'none',
    doc: 'A file that holds such addresses, besides those of `NOTIFY`.',
    example: '/etc/seatable-restic/notify',
  },
  SMTP_URL: {
    type: z.string().transform((text) => mailServerOfUrl(text, `${prefix}SMTP_URL`)),
    default: null,
    otherwise: "found: SeaTable's own `SEATABLE_EMAIL_HOST` and its like",
    doc: 'The server that takes mail for `mailto:` addresses: `smtps://…`, or `smtp://…` with STARTTLS. `?from=` names the sender.',
    example: 'smtps://user:password@mail.example.com?from=backup@example.com',
    secret: true,
  },
  METRICS_FILE: {
    type: z.string(),
    default: null,
    otherwise: 'none',
    doc: 'Where metrics are written after every run, for the textfile collector of node_exporter: an absolute path that ends with `.prom`. The directory must exist.',
    example: '/var/lib/prometheus/node-exporter/seatable-restic.prom',
  },
} as const satisfies Settings
