import { readFile } from 'node:fs/promises'
import { arch, release } from 'node:os'
import type { Config } from '../../config/config.ts'
import { containerPrograms } from '../../engine-names.ts'
import { run } from '../../process.ts'
import { version } from '../../version.ts'

/** What runs here, in the words of what runs; null is what did not say. What the database and SeaTable are, doctor tells. */
export const versionsHere = async ({ environment }: Config, nodeVersion: string, signal: AbortSignal) => ({
  'seatable-restic': version,
  node: nodeVersion,
  system: /^PRETTY_NAME="?([^"\n]*)/m.exec(await readFile('/etc/os-release', 'utf8').catch(() => ''))?.[1] ?? null,
  kernel: `${release()} ${arch()}`,
  restic: await said('restic', ['version'], environment.tools, signal),
  ...Object.fromEntries(
    await Promise.all(
      containerPrograms.map(
        async (name) => [name, await said(name, ['--version'], environment.tools, signal)] as const,
      ),
    ),
  ),
})

const said = async (
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string | null> => {
  const { exitCode, stdout } = await run({ file, args, env }, { signal, timeout: 5000 })
  return exitCode === 0 ? (stdout.trim().split('\n')[0] ?? null) : null
}
