import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { answerOf } from '../../../src/seatable/big-data/ask.ts'
import { findVerb, scriptCommand } from '../../../src/seatable/big-data/script.ts'
import type { PlacedContainer } from '../../../src/seatable/find/host-containers.ts'

const standIn = readFileSync('test/environment/seatable-server/seatable.sh', 'utf8')

describe('a verb is run only where the script has a case for it', () => {
  test.each([
    ['quoted', 'case $1 in\n"start")\n  start\n  ;;\n"backup-all")\n  backup_all\n  ;;\n*)\n  start\n  ;;\nesac'],
    ['bare', 'case "$1" in\n  backup-all) backup_all ;;\n  *) start ;;\nesac'],
    ['among others', `case \${1:-start} in\n  'save' | 'backup-all' )\n backup_all ;;\nesac`],
    ['with a parenthesis on either side', `case "\${1}" in\n  (backup-all)\n backup_all ;;\nesac`],
    ['of the stand-in', standIn],
  ])('%s', (_, script) => {
    expect(findVerb(script, 'backup-all')).toBe('known')
  })

  test.each([
    ['the script does not know it', 'case $1 in\n"start")\n  ;;\n*)\n start_server ;;\nesac'],
    ['a comment names it', '# backup-all) is for 3.0\ncase $1 in\n"start") ;;\nesac'],
    ['there is no script to speak of', ''],
  ])('not where %s', (_, script) => {
    expect(findVerb(script, 'backup-all')).toBe('unknown')
  })

  test.each([
    ['an if', 'if [ "$1" = backup-all ]; then backup_all; else start_server; fi'],
    ['another case', 'case $2 in\nbackup-all) ;;\nesac\ncase $1 in\n"start") ;;\n*) start_server ;;\nesac'],
    ['a longer verb', 'case $1 in\n"backup-all-bases") ;;\n*) start_server ;;\nesac'],
    ['a help text', 'case $1 in\n*) echo "usage: start, stop, backup-all" ;;\nesac'],
  ])('and not, but told, where only %s names it', (_, script) => {
    expect(findVerb(script, 'backup-all')).toBe('unclear')
  })
})

describe('how it went is read from what SeaTable prints', () => {
  const printed = (line: string) =>
    `[2026-05-04 03:00:00.1] Start backup all bases.\n[2026-05-04 03:00:01.2] ${line}\n[2026-05-04 03:00:01.2] Finish backup all bases.\n\n`

  test.each([
    ["Backup all bases success, response: {'success': True}, cost 0:00:01.1.", 'done'],
    ['Backup all bases error: 503 Service Unavailable, cost 0:00:00.1.', 'failed'],
  ])('%s', (line, status) => {
    expect(answerOf('backup-all', printed(line))?.status).toBe(status)
  })

  test('an error of many lines is cut to its first', () => {
    const line = 'Backup all bases error: <html>\n<body>502 Bad Gateway</body>, cost 0:00:00.1.'
    expect(answerOf('backup-all', printed(line))).toEqual({ status: 'failed', detail: '<html>' })
  })

  test('what says neither is no answer, nor is the answer of the other verb', () => {
    expect(answerOf('backup-all', '\nSeaTable started\n\n')).toBeNull()
    expect(answerOf('restore-all', printed('Backup all bases success, response: {}, cost 0.'))).toBeNull()
  })
})

describe('what is to be typed names the engine', () => {
  const serverOf = (cli: 'docker' | 'podman') => ({ cli, container: { name: 'tables' } }) as PlacedContainer
  const script = '/opt/seatable/scripts/seatable.sh'

  test('of the server container, whatever that of the database is', () => {
    const database = { engine: 'docker', container: 'mariadb' } as const
    expect(scriptCommand({ server: serverOf('podman'), database }, 'restore-all')).toBe(
      `podman exec tables ${script} restore-all`,
    )
  })

  test('of the database where there is no server container yet, and docker where neither is one', () => {
    const usual = (engine: string) => `${engine} exec seatable-server ${script} restore-all`
    const database = { engine: 'podman', container: 'mariadb' } as const
    expect(scriptCommand({ server: null, database }, 'restore-all')).toBe(usual('podman'))
    expect(scriptCommand({ server: null, database: { engine: 'none' } }, 'restore-all')).toBe(usual('docker'))
    expect(scriptCommand({ server: null }, 'restore-all')).toBe(usual('docker'))
  })
})
