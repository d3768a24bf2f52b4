import { calendarsOf, type Times } from './occurrences.ts'

/** The names of the units of systemd that are ours. */
export const unitName = 'seatable-restic'

export interface UnitOptions {
  /** Node, this program, and what it is to do. */
  readonly words: readonly string[]
  /** Its whole environment beside what systemd gives; no secrets. */
  readonly environment: Readonly<Record<string, string>>
  readonly times: readonly Times[]
  /** Of systemd. */
  readonly version: number
  /** Podman has no daemon, and needs rights of its own. */
  readonly hardened: boolean
  /** Whether something that is needed lies below /tmp. */
  readonly sharesTmp: boolean
}

export const serviceUnit = ({ words, environment, hardened, sharesTmp }: UnitOptions): string =>
  [
    '[Unit]',
    'Description=What is due of backups, drills and checks of SeaTable',
    'Wants=network-online.target',
    'After=network-online.target docker.service mariadb.service mysql.service',
    `OnFailure=${unitName}-failure@%n.service`,
    'StartLimitIntervalSec=4h',
    'StartLimitBurst=5',
    '',
    '[Service]',
    'Type=oneshot',
    ...Object.entries(environment).map(([name, value]) => `Environment=${unitWord(`${name}=${value}`)}`),
    `ExecStart=${words.map(unitWord).join(' ')}`,
    '# `systemctl status` shows what it does.',
    'NotifyAccess=all',
    '',
    '# A lock that somebody holds (exit code 11) is waited for; nothing else is repeated.',
    'Restart=on-failure',
    'RestartPreventExitStatus=1 2 3 10 12 130 143 SIGKILL SIGABRT SIGSEGV SIGBUS SIGTRAP',
    'RestartSec=15min',
    '',
    '# A first backup takes its time, and one that is stopped ends in order: its main process ends the others.',
    'TimeoutStartSec=infinity',
    'TimeoutStopSec=10min',
    'KillMode=mixed',
    '',
    '# SeaTable goes before its backup. What puts right an interrupted restore is not slowed down: no Nice= here.',
    'CPUWeight=20',
    'IOWeight=20',
    'UMask=0077',
    ...(hardened ? hardening(sharesTmp) : []),
    '',
  ].join('\n')

/**
 * It reads everything, writes to the repository wherever that is, and puts right what a crash has left of a restore: data
 * directories are moved, and services and containers started.
 */
const hardening = (sharesTmp: boolean): string[] => [
  '',
  '# What neither a backup nor the putting right of a restore that was cut off needs.',
  'ProtectSystem=full',
  ...(sharesTmp ? [] : ['PrivateTmp=yes']),
  'PrivateDevices=yes',
  'ProtectClock=yes',
  'ProtectControlGroups=yes',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'NoNewPrivileges=yes',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'LockPersonality=yes',
  'SystemCallArchitectures=native',
]

/** Every time at which something is due; what was missed is made up for when the machine starts, and at noon. */
export const timerUnit = ({ times, version }: UnitOptions): string =>
  [
    '[Unit]',
    'Description=What is due of backups, drills and checks of SeaTable',
    '',
    '[Timer]',
    ...calendarsIn(times).map((calendar) => `OnCalendar=${calendar}`),
    '# What a crash, a power cut or somebody’s lock kept from being done.',
    'OnBootSec=5min',
    'Persistent=true',
    'AccuracySec=1min',
    '# Not all hosts of a site at the same second.',
    'RandomizedDelaySec=10min',
    ...(version >= 247 ? ['FixedRandomDelay=true'] : []),
    '',
    '[Install]',
    'WantedBy=timers.target',
    '',
  ].join('\n')

/** At noon, besides, what could not be done at its time is tried, and what is overdue is told. */
export const calendarsIn = (times: readonly Times[]): string[] => [
  ...new Set([...times.flatMap(calendarsOf), '*-*-* 12:00:00']),
]

export const failureUnit = ({ version }: UnitOptions): string => {
  // In braces: within a word systemd replaces nothing else.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: systemd's own
  const ending = version >= 251 ? ' (${MONITOR_SERVICE_RESULT}, exit status ${MONITOR_EXIT_STATUS})' : ''
  return [
    '[Unit]',
    'Description=Message that %i has failed',
    '',
    '[Service]',
    'Type=oneshot',
    '# `systemctl edit` adds what reaches you, where no message of seatable-restic itself does.',
    `ExecStart=logger --priority daemon.err --tag seatable-restic "%i has failed${ending}: journalctl -u %i"`,
    '',
  ].join('\n')
}

/** A word as systemd reads it back: `%` and `$` mean nothing. */
const unitWord = (word: string): string => {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', () => '$$')
  return /^[\w@%+=:,./$-]+$/.test(escaped) ? escaped : `"${escaped.replaceAll(/["\\]/g, (mark) => `\\${mark}`)}"`
}
