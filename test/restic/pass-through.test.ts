import { describe, expect, test } from 'vitest'
import { passThrough } from '../../src/restic/pass-through.ts'
import { killable, noise, place, rejection, until } from '../environment/repository.ts'
import { resticBinaries } from '../environment/restic.ts'

describe.each([...(await resticBinaries())])('restic %s', (version, binary) => {
  test('restic gets the arguments and the environment, and its exit code is passed on', async () => {
    const here = await place(binary)
    const source = await here.files('source', { a: 'a' })
    expect(await passThrough(here.environment, ['backup', '--quiet', '--tag', 'by hand', source])).toBe(0)
    expect(JSON.parse(await here.restic('snapshots', '--json'))).toMatchObject([{ tags: ['by hand'] }])
    const wrong = { ...here.environment, RESTIC_PASSWORD: 'wrong donkey' }
    expect(await passThrough(wrong, ['snapshots'])).toBe(version.startsWith('0.14.') ? 1 : 12)
  })

  test('a restic that was killed gives 128 and the number of the signal', async () => {
    const { place: here, kill, started } = await killable(await place(binary))
    const source = await here.files('source', { big: noise(150 * 1024 * 1024) })
    const running = passThrough(here.environment, ['backup', '--quiet', source])
    await until('restic has started', started)
    kill()
    expect(await running).toBe(128 + 9)
  })
})

test('a missing restic is told with how to install it', async () => {
  const error = await rejection(passThrough({ PATH: '/nowhere' }, ['snapshots']))
  expect(error).toMatchObject({ hint: expect.stringContaining('apt-get install restic') })
})
