import type { Client } from '../../mysql/client/client.ts'
import { type DumpToLoad, loadDumps } from '../../mysql/load/load.ts'
import type { JobContext } from '../context/job-context.ts'

/** Loads dumps, and tells how far it is and by which way the rows go. Without a signal it cannot be interrupted. */
export const loadDatabases = (
  { report, signal }: Pick<JobContext, 'report'> & Partial<Pick<JobContext, 'signal'>>,
  client: Client,
  dumps: readonly DumpToLoad[],
): Promise<void> => {
  const total = dumps.reduce((sum, { objectsOffset }) => sum + objectsOffset, 0)
  return loadDumps(client, dumps, {
    ...(signal ? { signal } : {}),
    onRoute: (message) => report({ type: 'detail', message }),
    onProgress: (done) => report({ type: 'progress', unit: 'bytes', done, total }),
  })
}
