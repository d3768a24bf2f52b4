import { openRestic, type Restic } from '../../restic/open.ts'
import type { JobContext } from './job-context.ts'

/** The restic of the configuration; where nobody waits for it, with the limits of the settings. */
export const openRepository = ({ config, signal, inBackground }: JobContext): Promise<Restic> => {
  const { limitUpload, limitCpus } = config
  const limits = inBackground ? { uploadKibs: limitUpload, processors: limitCpus } : {}
  return openRestic(config.environment.restic, { signal, ...limits })
}
