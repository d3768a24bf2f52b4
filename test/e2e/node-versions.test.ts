import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodeOfVersion } from '../environment/node.ts'
import { type OnThisHost, spoil, startOnThisHost } from '../environment/on-this-host.ts'
import { describeWith } from '../environment/requirements.ts'
import { diffStates } from '../fixture/state.ts'

await describeWith(['mariadb', 'restic'], 'on later versions of Node', () => {
  let seatable: OnThisHost

  beforeAll(async () => {
    seatable = await startOnThisHost()
  })

  afterAll(() => seatable.end())

  test.each([22, 24])('what Node %d saves and brings back is what was there', async (major) => {
    const { run } = seatable.installation.on(await nodeOfVersion(major))
    const before = await seatable.state()
    const saved = await run('backup', '--json')
    expect(saved.exitCode, saved.stderr).toBe(0)
    await spoil(seatable)
    const { snapshot } = JSON.parse(saved.stdout) as { snapshot: string }
    const restored = await run(
      'restore',
      snapshot,
      '--directory',
      'conf',
      'seafile-data',
      'seahub-data',
      'storage-data',
      ...['--database', 'ccnet_db', 'seafile_db', 'dtable_db', '--yes', '--json'],
    )
    expect(restored.exitCode, restored.stderr).toBe(0)
    expect((await run('drop-previous', '--yes')).exitCode).toBe(0)
    expect(diffStates(before, await seatable.state())).toEqual([])
  })
})
