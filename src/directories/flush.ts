import { UserError } from '../errors.ts'
import { run } from '../process.ts'

/**
 * Waits until all that was written to the filesystems of these paths is on their disks. restic does not wait for that
 * when it restores: a power cut would leave empty files behind a swap, and the renames of a swap would wait for them
 * while SeaTable is stopped.
 */
export const flushToDisk = async (
  paths: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<void> => {
  const args = ['--file-system', '--', ...paths]
  const result = await run({ file: 'sync', args, env: environment }, { ownSession: true })
  if (result.exitCode === 0) return
  throw new UserError({
    message: `What was restored could not be written to the disk: ${result.stderr.trim().split('\n')[0] ?? ''}`,
    hint: 'Look for errors of the disk in the kernel’s log (dmesg), then run again.',
  })
}
