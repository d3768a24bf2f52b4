import { expect, test } from 'vitest'
import type { Engine } from '../../src/engines/engine.ts'
import { openClient } from '../../src/mysql/client/client.ts'

/** A host with the programs of MySQL, of which some say something and end well. */
const hostWith = (answers: Readonly<Record<string, string>>): Engine => ({
  place: 'this host',
  besideServer: false,
  passwordIsInOptionFiles: true,
  mayHaveAnotherName: () => true,
  probe: (program) => {
    const answer = answers[program.join(' ')]
    const args = answer === undefined ? ['-c', 'exit 127'] : ['-c', 'printf %s "$1"', 'sh', answer]
    return { file: 'sh', args, env: {} }
  },
  prepare: () => Promise.reject(new Error('nothing is to be started')),
  reach: async () => 'nowhere',
})

const version = { 'mariadb-dump --no-defaults --version': 'mysqldump  Ver 9.7.0 for Linux on x86_64' }
const printed = 'mariadb would have been started with the following arguments:\n'

test('a password that no program tells is asked for, before anything is tried', async () => {
  const host = hostWith({
    ...version,
    'mariadb --print-defaults': `${printed}--user=me --password=***** --ssl-ca=/a b `,
  })
  await expect(openClient(host, { user: 'root', password: null })).rejects.toMatchObject({
    message: expect.stringMatching(/^The password that the option files of this host give cannot be read/),
    hint: expect.stringMatching(/SEATABLE_RESTIC_DB_PASSWORD/),
    exitCode: 2,
  })
  const { notes } = await openClient(host, { user: 'root', password: 'known' })
  expect(notes).toEqual([expect.stringMatching(/was asked of mariadb, which does not tell passwords$/)])
})

test('where nobody can read the option files none is used, and that is told', async () => {
  const { notes } = await openClient(hostWith(version), { user: 'root', password: null })
  expect(notes).toEqual([
    'my_print_defaults does not work (this host), nor does mariadb --print-defaults: no option file is used',
  ])
})

test('my_print_defaults of MySQL is told to show passwords', async () => {
  const host = hostWith({ ...version, 'my_print_defaults -s mysql client': '--password=secret\n' })
  expect((await openClient(host, { user: 'root', password: null })).notes).toEqual([])
})
