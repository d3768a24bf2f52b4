import { findInstallation } from '../../seatable/find/installation.ts'
import type { JobContext } from '../context/job-context.ts'

/** What was found of SeaTable, for a person who is to say whether that is right. */
export interface SeatableFound {
  readonly findings: readonly { readonly what: string; readonly value: string; readonly why: string }[]
  readonly dataDir: string | null
}

/** Throws what is not found, with the setting that says where it is. */
export const lookForSeatable = async ({
  config,
  signal,
}: Pick<JobContext, 'config' | 'signal'>): Promise<SeatableFound> => {
  const { findings, dataDir } = await findInstallation(config, signal)
  return { findings, dataDir }
}
