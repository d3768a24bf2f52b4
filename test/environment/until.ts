import { setTimeout as pause } from 'node:timers/promises'

/** Waits for what other processes do; fails after a minute. */
export const until = async (what: string, isSo: () => Promise<boolean> | boolean): Promise<void> => {
  const end = Date.now() + 60_000
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`Waited a minute in vain until ${what}`)
    await pause(2)
  }
}
