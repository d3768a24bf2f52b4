import type { Config } from '../../config/config.ts'
import type { WriterControls } from '../../seatable/writers.ts'

/** How the writers of this installation are stopped and started. */
export const controlsOf = ({ stopCommand, startCommand, environment }: Config): WriterControls => ({
  commands: stopCommand === null || startCommand === null ? null : { stop: stopCommand, start: startCommand },
  environment: environment.tools,
})
