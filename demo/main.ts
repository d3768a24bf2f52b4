import { type Interruption, watchForInterruption } from '../test/environment/interruption.ts'
import { createNarrator } from './narrator.ts'
import { openStage } from './stage.ts'
import { play } from './story.ts'

/** Plays the story in a folder of its own, and leaves nothing behind, however it ends. */
const main = async (interruption: Interruption): Promise<number> => {
  const stage = await openStage(interruption.signal)
  try {
    return (await play(stage, createNarrator(stage, interruption.signal))) ? 0 : 1
  } finally {
    await stage.close()
  }
}

const interruption = watchForInterruption('Stopping, and removing everything the demo has made.')
try {
  process.exitCode = await main(interruption)
} catch (error) {
  if (!interruption.signal.aborted) process.stderr.write(`\nThe demo failed: ${(error as Error).message}\n`)
  process.exitCode = 1
}
if (interruption.signal.aborted) process.exitCode = interruption.exitCode()
