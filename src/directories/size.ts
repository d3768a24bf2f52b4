import { run } from '../process.ts'

/** Bytes on disk of directory trees; null when that takes longer than `seconds`, or cannot be told. */
export const sizeOfTrees = async (
  paths: readonly string[],
  environment: Readonly<Record<string, string>>,
  seconds: number,
): Promise<number | null> => {
  if (paths.length === 0) return 0
  const { exitCode, stdout } = await run(
    { file: 'du', args: ['--summarize', '--total', '--block-size=1', '--', ...paths], env: environment },
    { timeout: seconds * 1000 },
  )
  const total = /^(\d+)\ttotal$/m.exec(stdout)?.[1]
  return exitCode === 0 && total !== undefined ? Number(total) : null
}
