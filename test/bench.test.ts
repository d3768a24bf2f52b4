import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { drawChart, ticksUpTo } from './bench/chart.ts'
import { contenders, type Figure } from './bench/figures.ts'
import { chartOf, type GrowthOfDays } from './bench/growth-chart.ts'
import { missingPeers } from './bench/peers.ts'
import { exitCodeOf, type Report } from './bench/report.ts'
import { medianRatio } from './bench/rounds.ts'
import { judge } from './bench/targets.ts'
import { describeWith } from './environment/requirements.ts'
import { resticOfVersion } from './environment/restic.ts'
import { pathWith, shim } from './environment/shim.ts'

await describeWith(['docker', 'restic', 'mounts'], 'the benchmark', () => {
  let dir: string

  beforeAll(async () => {
    await execa('node_modules/.bin/tsc', ['-p', 'tsconfig.bench.json', '--noCheck'])
  })

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'seatable-restic-test-'))
  })

  afterEach(() => rm(dir, { recursive: true, force: true }))

  const program = ['build/test/bench/main.js', '--scale', '0.002', '--rounds', '1']
  const quietly = { reject: false, stdin: 'ignore' } as const

  const start = (...args: string[]) => execa('node', [...program, ...args], { env: { TMPDIR: dir }, ...quietly })

  /** Files in its temporary folder, and the container that it said it starts. */
  const leftOf = async (stderr: string): Promise<string[]> => {
    const name = /starting the container (\S+)/.exec(stderr)?.[1] ?? ''
    const { stdout } = await execa('docker', ['ps', '--all', '--format', '{{.Names}}', '--filter', `name=^${name}$`])
    return [...(await readdir(dir)), ...(stdout === '' ? [] : [stdout])]
  }

  const restic = async (script: string): Promise<string> =>
    join(await shim(join(dir, 'shims'), 'restic', script, await resticOfVersion('0.18.')), 'restic')

  /** What is to be seen does not depend on how long a repository takes to be opened. */
  const makeKeyQuick = `import { makeKeyQuick } from '${resolve('build/test/environment/quick-key.js')}'
await makeKeyQuick(process.env.RESTIC_REPOSITORY, process.env.RESTIC_PASSWORD)`

  test('measures ours and the peers, judges the targets, and leaves nothing behind', async () => {
    const only = ['--only', 'start-up,dump,stall,restore,growth']
    const script = `case "$1" in init) "$real" "$@" && exec node --input-type=module -e "${makeKeyQuick}" ;; esac; exec "$real" "$@"`
    const quick = ['--restic', await restic(script)]
    const { exitCode, stdout, stderr } = await start('--json', '--many-sessions', ...only, ...quick)
    expect(exitCode, stderr).toBe(0)
    const { figures, targets, missing, ...about } = JSON.parse(stdout) as Report
    expect(about).toMatchObject({ binding: false, scale: 0.002, daysKept: 100, manySessions: true })
    expect(missing).toEqual(await missingPeers())
    // At this scale a side is done with it in less than the tick by which its time is told.
    const mayBeNone = (what: string) => what.includes('of it the ')
    const isMeasured = ({ what, samples }: Figure) => samples.every((sample) => sample > 0 || mayBeNone(what))
    expect(figures.filter((figure) => !isMeasured(figure))).toEqual([])
    for (const measure of ['dump', 'restore']) expectBothSides(figures.filter((figure) => figure.measure === measure))
    const there = missing.length === 0
    const measured = figures.map(({ measure, contender }) => `${measure}: ${contender}`)
    expect([...new Set(measured)].sort()).toEqual(
      [
        `start-up: ${contenders.ours}`,
        `start-up: ${contenders.node}`,
        ...['fast', 'plain', 'manual', 'gzip', ...(there ? ['mydumper'] : [])].map(
          (name) => `dump: ${contenders[name as 'fast']}`,
        ),
        ...['nobody', 'fast', 'plain', 'manual'].map((name) => `stall: ${contenders[name as 'fast']}`),
        ...['ours', 'replay', ...(there ? ['myloader'] : [])].map((name) => `restore: ${contenders[name as 'ours']}`),
        ...['ours', 'manual', 'gzip', ...(there ? ['mydumper'] : [])].map(
          (name) => `growth: ${contenders[name as 'ours']}`,
        ),
      ].sort(),
    )
    expect(targets).toHaveLength(there ? 12 : 9)
    await rm(join(dir, 'shims'), { recursive: true })
    expect(await leftOf(stderr)).toEqual([])
  })

  /** Of each contender both sides are there, and are all of its processor time. */
  const expectBothSides = (figures: Report['figures']): void => {
    const all = figures.filter(({ what }) => what.endsWith('CPU time'))
    expect(new Set(all.map(({ contender }) => contender))).toEqual(new Set(figures.map(({ contender }) => contender)))
    for (const { contender, median } of all) {
      const sides = figures.filter((figure) => figure.contender === contender && figure.what.includes('of it the '))
      expect(sides).toHaveLength(2)
      expect(sides.reduce((sum, side) => sum + side.median, 0)).toBeCloseTo(median, 6)
    }
  }

  test('keeps what it found when a later step fails, names the sizes of its scale, and goes on', async () => {
    const script = 'case " $* " in *" restore "*) echo "no restore today" >&2; exit 1;; esac; exec "$real" "$@"'
    const { exitCode, stdout, stderr } = await start('--json', '--only', 'memory', '--restic', await restic(script))
    expect(exitCode, stderr).toBe(1)
    const { figures, targets, failures } = JSON.parse(stdout) as Report
    const peaks = ['dump', 'dump', 'backup'].flatMap((work) => [`peak of a ${work}`, `together, peak of a ${work}`])
    expect(figures.map(({ what }) => what)).toEqual([...peaks, ...peaks])
    expect(failures.map(({ measure, megabytes }) => `${measure} at ${megabytes}`)).toEqual([
      'memory at 100',
      'memory at 4000',
    ])
    expect(failures[0]?.message).toContain('no restore today')
    expect(targets.map(({ target }) => /[\d.]+ MB of SQL/.exec(target)?.[0])).toEqual(
      [...Array(6).fill('0.2'), ...Array(6).fill('8'), ...Array(6).fill('8')].map((size) => `${size} MB of SQL`),
    )
    await rm(join(dir, 'shims'), { recursive: true })
    expect(await leftOf(stderr)).toEqual([])
  })

  test('leaves nothing behind when it is stopped in the middle, and says which peers it lacks', async () => {
    const none = await shim(join(dir, 'shims'), 'mydumper', 'exit 127', '/none')
    const running = execa('node', [...program, '--only', 'dump'], {
      env: { TMPDIR: dir, ...pathWith(none) },
      ...quietly,
    })
    running.stderr.on('data', (chunk) => {
      if (String(chunk).includes('round 1 of 1: plain')) running.kill('SIGTERM')
    })
    const { exitCode, stderr } = await running
    expect(exitCode).toBe(143)
    expect(stderr).toContain('mydumper is not installed: it is not measured')
    await rm(join(dir, 'shims'), { recursive: true })
    expect(await leftOf(stderr)).toEqual([])
  })

  test.each([
    [['--only', 'dump,dumb'], "not 'dumb'"],
    [['--scale', '0'], '--scale takes a number'],
    [['--rounds', '1.5'], '--rounds takes a whole number'],
    [['--days-kept', '0'], '--days-kept takes a number'],
    [['--faster'], "'--faster'"],
  ])('refuses %j', async (args, message) => {
    const { exitCode, stderr } = await start(...args)
    expect(exitCode).toBe(2)
    expect(stderr).toContain(message)
  })
})

describe('a target', () => {
  const wall = (contender: string, ...samples: number[]): Figure => ({
    ...{ measure: 'dump', megabytes: 500, what: 'wall time', contender, unit: 'seconds', samples },
  })

  test('is met or missed by the ratio to the peer of the same round', () => {
    const verdicts = judge(
      [wall(contenders.fast, 8, 18, 8), wall(contenders.plain, 13, 26, 13), wall(contenders.manual, 10, 20, 10)],
      1,
    )
    expect(verdicts.map(({ measured, limit, met }) => ({ measured, limit, met }))).toEqual([
      { measured: 0.8, limit: 0.85, met: true },
      { measured: 1.3, limit: 1.25, met: false },
    ])
    expect(exitCodeOf({ binding: false, targets: verdicts, failures: [] })).toBe(0)
    expect(exitCodeOf({ binding: true, targets: verdicts, failures: [] })).toBe(1)
  })

  test('is not judged when it was not measured', () => {
    expect(judge([wall(contenders.fast, 8)], 1)).toEqual([])
  })

  test('takes the middle of the rounds', () => {
    expect(medianRatio([1, 9, 2, 3], [1, 1, 1, 1])).toBe(2.5)
  })
})

test('the picture of the growth is that of its data', async () => {
  const growth = JSON.parse(await readFile('docs/growth.json', 'utf8')) as GrowthOfDays
  expect(await readFile('docs/growth.svg', 'utf8')).toBe(drawChart(chartOf(growth)))
})

test('the ticks of a chart are round numbers up to the highest value', () => {
  expect(ticksUpTo(30, 10)).toEqual([0, 5, 10, 15, 20, 25, 30])
  expect(ticksUpTo(0.23, 6)).toEqual([0, 0.05, 0.1, 0.15, 0.2, 0.25])
  expect(ticksUpTo(5210, 6)).toEqual([0, 1000, 2000, 3000, 4000, 5000, 6000])
})
