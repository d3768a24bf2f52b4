import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CrashSite, changeEverything, startFilledSite } from '../environment/crash/crash-site.ts'
import { describeWith } from '../environment/requirements.ts'
import { seededRandom } from '../fixture/random.ts'
import { diffStates, type State } from '../fixture/state.ts'

const kills = 20
const seed = Number(process.env.CRASH_SEED ?? Math.floor(Math.random() * 1_000_000))

await describeWith(['mariadb', 'restic'], `kills at any moment (CRASH_SEED=${seed})`, () => {
  const random = seededRandom(seed)
  const snapshots: { readonly id: string; readonly state: State }[] = []
  let site: CrashSite
  let milliseconds: number

  beforeAll(async () => {
    site = await startFilledSite()
    await takeSnapshot()
    await changeEverything(site)
    // A backup wants every database and directory.
    await site.sql('CREATE DATABASE seafile_db; CREATE TABLE seafile_db.only (id int PRIMARY KEY)')
    await takeSnapshot()
    const began = Date.now()
    await site.installation.json('restore', snapshots[0]?.id ?? '', '--yes')
    milliseconds = Date.now() - began
  })

  afterAll(() => site.remove())

  const takeSnapshot = async () => {
    const { snapshot } = await site.installation.json<{ snapshot: string }>('backup')
    snapshots.push({ id: snapshot, state: await site.state() })
  }

  const restore = (index: number) => ['restore', snapshots[index]?.id ?? '', '--yes', '--drop-previous']

  /** People go on working while SeaTable runs. */
  const changeSomething = async (round: number) => {
    const journal = await readFile(join(site.installation.stateDir, 'journal.json'), 'utf8').catch(() => '')
    if (journal.includes('"phase": "swapping"')) return
    await site.sql(`UPDATE ccnet_db.EmailUser SET passwd = 'newer in round ${round}'`)
    await writeFile(join(site.installation.dataDir, 'storage-data', `newer in round ${round}`), 'newer')
  }

  test(`${kills} of them in a row, then one restore in peace: what is live is the snapshot`, async () => {
    process.stdout.write(`CRASH_SEED=${seed}, a restore takes ${milliseconds} ms\n`)
    const moments: string[] = []
    for (let round = 0; round < kills; round++) {
      await changeSomething(round)
      const running = site.start(...restore(round % 2))
      let isOver = false
      running.once('exit', () => {
        isOver = true
      })
      const moment = Math.floor(random() * milliseconds)
      await pause(moment)
      const victims = [running.pid ?? 0, ...(random() < 0.4 ? await childrenOf(running.pid ?? 0) : [])]
      const victim = victims.at(-1) ?? 0
      if (!isOver) kill(victim)
      const { stderr, signal } = await running
      const step = String(stderr).trim().split('\n').at(-1) ?? ''
      moments.push(`${moment} ms: ${victim === running.pid ? 'program' : 'child'} ${signal ?? ''} ${step}`)
    }
    const told = moments.join('\n')
    const end = await site.run(null, ...restore(0))
    expect(end.exitCode, `${told}\n${end.stderr}`).toBe(0)
    expect(diffStates(snapshots[0]?.state ?? { databases: {}, files: {} }, await site.state()), told).toEqual([])
    expect((await site.stopsAndStarts()).at(-1)).toBe('start')
    await site.run(null, 'drop-previous', '--yes')
    expect(await site.traces(), told).toEqual([])
  })
})

/** The programs that it runs now, but for the one that holds its lock. */
const childrenOf = async (pid: number): Promise<number[]> => {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const found: number[] = []
  for (const child of children
    .split(' ')
    .filter((one) => one !== '')
    .map(Number)) {
    const command = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '')
    if (command !== '' && !command.startsWith('flock')) found.push(child)
  }
  return found
}

const kill = (pid: number) => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
