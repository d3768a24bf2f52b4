import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { refuseOwnPlaces } from '../../../src/jobs/context/own-places.ts'

let folder: string

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'own-places-')))
  for (const name of ['data/seafile-data', 'data/seafile-data-2', 'extra', 'state', 'repository']) {
    await mkdir(join(folder, name), { recursive: true })
  }
})

afterEach(() => rm(folder, { recursive: true }))

const at = (...names: string[]) => join(folder, ...names)

const look = (restic: Readonly<Record<string, string>>, stateDir = at('state')) => {
  const config = { stateDir, environment: { restic } } as unknown as Parameters<typeof refuseOwnPlaces>[0]
  return refuseOwnPlaces(config, { replaced: [at('data/seafile-data')], saved: [at('extra')] })
}

test('a repository in a data directory would be dropped with it, and is refused however it is named', async () => {
  await symlink(at('data/seafile-data'), at('link'))
  await writeFile(at('named'), `${at('data/seafile-data')}\n`)
  for (const restic of [
    { RESTIC_REPOSITORY: at('data/seafile-data/repository') },
    { RESTIC_REPOSITORY: `local:${at('data/seafile-data')}` },
    { RESTIC_REPOSITORY: at('link/not/yet/there') },
    { RESTIC_REPOSITORY_FILE: at('named') },
  ]) {
    await expect(look(restic)).rejects.toMatchObject({
      message: expect.stringMatching(
        /repository .* lies in .*seafile-data, which is saved into it and which a restore/,
      ),
      exitCode: 2,
    })
  }
})

test('a repository in what is only saved would be saved into itself, and is refused', async () => {
  await expect(look({ RESTIC_REPOSITORY: at('extra/repository') })).rejects.toMatchObject({
    message: `The restic repository ${at('extra/repository')} lies in ${at('extra')}, which is saved into it`,
  })
})

test('a state directory in a data directory would go with the swap that it tells of, and is refused', async () => {
  await expect(look({}, at('data/seafile-data/state'))).rejects.toMatchObject({
    message: expect.stringMatching(/state directory .* lies in .*seafile-data, which a restore moves away/),
    hint: expect.stringContaining('SEATABLE_RESTIC_STATE_DIR'),
  })
})

test('whatever lies elsewhere is not', async () => {
  await look({})
  await look({ RESTIC_REPOSITORY: at('repository') })
  await look({ RESTIC_REPOSITORY: at('data/seafile-data-2') })
  await look({ RESTIC_REPOSITORY: `sftp:host:${at('data/seafile-data')}` })
  await look({ RESTIC_REPOSITORY: 'not-there-yet' }, at('extra/state'))
})
