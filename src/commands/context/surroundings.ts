import { hostname } from 'node:os'
import type { Surroundings } from '../../config/surroundings.ts'
import type { GlobalOptions } from './global-options.ts'
import type { Outside } from './outside.ts'

/** What the configuration of this process is made from. */
export const surroundingsOf = ({ env }: Pick<Outside, 'env'>, { envFile }: GlobalOptions): Surroundings => ({
  environment: env,
  envFile,
  hostname: hostname(),
  uid: process.getuid?.() ?? 0,
})
