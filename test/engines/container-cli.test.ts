import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { ContainerCli } from '../../src/engines/container-cli.ts'
import { uniqueName } from '../environment/container.ts'
import { ensureImage } from '../environment/image.ts'
import { describeWith } from '../environment/requirements.ts'

const environment = { PATH: process.env.PATH ?? '' }

/** A folder for the front of PATH, with a program of that name. */
const programInFront = async (name: string, script: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'seatable-restic-engine-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`)
  await chmod(join(folder, name), 0o755)
  return folder
}

for (const engine of ['docker', 'podman'] as const) {
  await describeWith([engine], `a container of ${engine}`, () => {
    const cli = new ContainerCli(engine, environment)

    const create = async (purpose: string, ...options: string[]) => {
      const name = uniqueName(purpose)
      await execa(engine, ['create', '--name', name, ...options, await ensureImage(engine), 'sleep', '600'])
      const remove = () => execa(engine, ['rm', '-f', name], { reject: false })
      onTestFinished(async () => void (await remove()))
      return { name, remove }
    }

    test('that does not exist is gone, and is neither stopped nor started', async () => {
      const name = uniqueName('absent')
      expect(await cli.isGone(name)).toBe(true)
      expect(await cli.stop(name)).toBe(false)
      expect(await cli.start(name)).toBe(false)
    })

    test('that cannot be started for want of another is there, and its start an error', async () => {
      const other = await create('other', '--network', 'none')
      const { name } = await create('guest', '--network', `container:${other.name}`)
      await other.remove()
      expect(await cli.isGone(name)).toBe(false)
      await expect(cli.start(name)).rejects.toThrow(`Starting the container ${name}`)
    })

    test('that is removed while all are looked at hides none that is there', async () => {
      const { name } = await create('stays')
      // The first list names only a container that is gone by the time it is looked at.
      const { stdout: real } = await execa('which', [engine])
      const folder = await programInFront(
        engine,
        `if [ "$1" = ps ] && mkdir "$(dirname "$0")/listed" 2>/dev/null; then echo ${'b8'.repeat(32)}; else exec ${real} "$@"; fi`,
      )
      const hasty = new ContainerCli(engine, { PATH: `${folder}:${environment.PATH}` })
      expect((await hasty.list()).map((container) => container.name)).toContain(name)
    })
  })
}

test('an engine that ends in the middle hides no container: that is an error', async () => {
  const inspect = `printf '[{"Id":"a","Name":"/other","State":{"Running":true},"Config":{}}]'; echo "Cannot connect to the Docker daemon" >&2; exit 1`
  const folder = await programInFront('docker', `case "$1" in ps) printf 'a\\nb\\n' ;; *) ${inspect} ;; esac`)
  const cli = new ContainerCli('docker', { PATH: `${folder}:${environment.PATH}` })
  await expect(cli.list()).rejects.toThrow('Cannot connect')
})

test.each([
  ['docker', 'DOCKER_HOST'],
  ['podman', 'CONTAINER_HOST'],
] as const)('%s that does not answer is told with its own variable, %s', async (engine, variable) => {
  const folder = await programInFront(engine, 'echo "Cannot connect: connection refused" >&2; exit 125')
  const state = await new ContainerCli(engine, { PATH: `${folder}:${environment.PATH}` }).state()
  expect(state).toMatchObject({ is: 'silent', hint: expect.stringContaining(`systemctl start ${engine}`) })
  expect(state).toMatchObject({ hint: expect.stringContaining(`correct ${variable} if`) })
})
