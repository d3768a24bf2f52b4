import { afterAll, beforeAll, expect, test } from 'vitest'
import { fixedVariables } from '../../../src/mysql/client/fixed-variables.ts'
import { describeWith } from '../../environment/requirements.ts'
import { seededRandom } from '../../fixture/random.ts'
import { type Hostile, wordsOf } from './configuration.ts'
import { hostileOptions } from './options.ts'
import { type HostileSite, privileges, startHostileSite } from './site.ts'
import { trial } from './trial.ts'
import { hostileVariables } from './variables.ts'

const seed = Number(process.env.TEST_SEED ?? 1)
/** How many configurations are tried, and by how many servers at a time. */
const runs = Number(process.env.TEST_RUNS ?? 300)
const sitesAtATime = 3

await describeWith(['mariadb', 'restic'], `on hostile configurations (TEST_SEED=${seed})`, () => {
  let sites: HostileSite[]
  let known: Hostile[]
  const random = seededRandom(seed)

  beforeAll(async () => {
    sites = await Promise.all(Array.from({ length: sitesAtATime }, startHostileSite))
    const [first] = sites
    if (first === undefined) throw new Error('There is no server')
    known = [
      ...(await hostileVariables(first.server.sql)),
      ...(await hostileOptions()),
      ...privileges.map((name) => ({ kind: 'grant', name }) as const),
    ]
  })

  afterAll(async () => {
    await Promise.all(sites.map((site) => site.end()))
  })

  test('each alone: a cycle is exact, or refused by its name before anything is touched', {
    timeout: 3_600_000,
  }, async () => {
    expect(await failuresOf(singles(Math.ceil(runs * (2 / 3))))).toEqual([])
  })

  test('two together: a cycle is exact, or refused by a name before anything is touched', {
    timeout: 3_600_000,
  }, async () => {
    const pairs = Array.from({ length: Math.floor(runs / 3) }, () => [oneOf(known), oneOf(known)])
    expect(await failuresOf(pairs)).toEqual([])
  })

  /** First what the program itself sets, because it can hurt; then whatever else there is. */
  const singles = (count: number): Hostile[][] => {
    const ours = new Set(fixedVariables.map(({ name }) => name))
    const matters = (one: Hostile) => one.kind !== 'variable' || ours.has(one.name)
    const inOrder = [...shuffled(known.filter(matters)), ...shuffled(known.filter((one) => !matters(one)))]
    return inOrder.slice(0, count).map((one) => [one])
  }

  const failuresOf = async (configurations: readonly Hostile[][]): Promise<string[]> => {
    const waiting = [...configurations]
    const failures: string[] = []
    await Promise.all(
      sites.map(async (site) => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const failure = await failureOf(site, next)
          if (failure === null) continue
          // A run takes an hour: what it has found is not to be lost with it.
          process.stderr.write(`${failure}\n`)
          failures.push(failure)
        }
      }),
    )
    return failures
  }

  /** A trial that cannot be carried out is a failure of its own, and the others go on. */
  const failureOf = async (site: HostileSite, hostile: readonly Hostile[]): Promise<string | null> => {
    try {
      const wrong = await trial(site, hostile)
      return wrong === null || wrong === 'not taken' ? null : await shrunk(site, hostile, wrong)
    } catch (error) {
      return `${hostile.map(wordsOf).join(' and ')}: not tried: ${(error as Error).message}`
    }
  }

  /** Of what failed together, one that fails alone, if there is one. */
  const shrunk = async (site: HostileSite, hostile: readonly Hostile[], wrong: string): Promise<string> => {
    for (const one of hostile.length > 1 ? hostile : []) {
      const alone = await trial(site, [one])
      if (alone !== null && alone !== 'not taken') return `${wordsOf(one)}: ${alone}`
    }
    return `${hostile.map(wordsOf).join(' and ')}: ${wrong}`
  }

  const oneOf = (list: readonly Hostile[]): Hostile => list[Math.floor(random() * list.length)] as Hostile

  const shuffled = (list: readonly Hostile[]): Hostile[] => {
    const left = [...list]
    return list.map(() => left.splice(Math.floor(random() * left.length), 1)[0] as Hostile)
  }
})
