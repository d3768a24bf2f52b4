import { readdir } from 'node:fs/promises'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { describeWith } from '../environment/requirements.ts'

await describeWith('mandoc', 'the manual as it is built', async () => {
  const folder = 'dist/man'
  const pages = (await readdir(folder)).toSorted()
  const run = (file: string, ...args: string[]) =>
    execa(file, [...args, ...pages], {
      cwd: folder,
      all: true,
      reject: false,
      env: { LC_ALL: 'C.UTF-8', MANWIDTH: '80' },
    })

  test('is without any remark of mandoc', async () => {
    expect(await run('mandoc', '-T', 'lint')).toMatchObject({ exitCode: 0, all: '' })
  })

  test('is shown by man without any warning, with each name and each word that can be copied', async () => {
    const { exitCode, stdout, stderr } = await run('man', '--warnings', '-l')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toContain('seatable-restic restore --at 2026-05-04T03:00')
    expect(stdout).toContain('SEATABLE_RESTIC_STATE_DIR')
  })

  test('is found by apropos', async () => {
    const { exitCode, stdout } = await run('lexgrog', '-m')
    expect(exitCode).toBe(0)
    expect(stdout).toContain('"seatable-restic-drill - prove that a snapshot can be restored')
  })
})
