import { existsSync } from 'node:fs'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes minutes is begun first: at the end nobody waits for one long suite beside idle processors. */
const longest = [
  'test/e2e/servers.test.ts',
  'test/e2e/crash-swap.test.ts',
  'test/e2e/mysql-option-files.test.ts',
  'test/docs/examples.test.ts',
  'test/e2e/interruption.test.ts',
  'test/e2e/big-data.test.ts',
  'test/e2e/crash-containers.test.ts',
  'test/e2e/injected-failures.test.ts',
  'test/e2e/crash-in-place.test.ts',
  'test/e2e/round-trip.test.ts',
  'test/bench.test.ts',
  'test/e2e/crash.test.ts',
] as const

const rankOf = ({ moduleId }: TestSpecification): number => {
  const rank = longest.findIndex((suite) => moduleId.endsWith(suite))
  return rank === -1 ? longest.length : rank
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const gone = longest.filter((suite) => !existsSync(suite))
    if (gone.length > 0) throw new Error(`The list of the longest suites names what is not there: ${gone.join(', ')}`)
    return (await super.sort(files)).toSorted((one, other) => rankOf(one) - rankOf(other))
  }
}
