import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { nowhere, optionFileOf } from '../../src/engines/connection-options.ts'
import { describeWith } from '../environment/requirements.ts'

await describeWith('mariadb', 'a private option file', () => {
  test('gives the client every character of a password back', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'seatable-restic-options-'))
    const password = ` a"b'c\\d#e;f\tg=h\\n[i] ö !`
    const file = join(folder, 'client.cnf')
    const credentials = { user: 'root', password }
    await writeFile(file, optionFileOf({ files: [], credentials, address: nowhere, anyUser: true }))
    const { stdout } = await execa('my_print_defaults', [`--defaults-file=${file}`, 'client'])
    expect(stdout.split('\n')).toContain(`--password=${password}`)
    await rm(folder, { recursive: true })
  })
})
