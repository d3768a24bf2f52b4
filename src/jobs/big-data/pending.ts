import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { exitCodes, UserError } from '../../errors.ts'
import { jsonOf } from '../../json.ts'
import { type Lock, takeLock } from '../../lock.ts'
import type { PlacedContainer } from '../../seatable/find/host-containers.ts'
import { findInstallation } from '../../seatable/find/installation.ts'
import { shortId } from '../../short-id.ts'
import { writeDurably } from '../../staging/area.ts'
import type { JobContext } from '../context/job-context.ts'
import { type BroughtBack, bringBackBigData } from './bring-back.ts'

const schema = z.looseObject({
  snapshot: z.string(),
  /** When that restore began (ISO 8601). */
  began: z.string(),
  /** `db-data`, when it was swapped for an empty directory. */
  emptied: z.string().nullable(),
})

/** Big data that a restore has still to ask SeaTable for, when all else is live. */
export type PendingBigData = z.infer<typeof schema>

const recordPath = (stateDir: string): string => join(stateDir, 'big-data.json')

/** Null when none is pending; a record that cannot be read tells nothing that could be done. */
export const readPendingBigData = async (stateDir: string): Promise<PendingBigData | null> => {
  const text = await readFile(recordPath(stateDir), 'utf8').catch(() => null)
  const result = schema.safeParse(text === null ? null : jsonOf(text))
  return result.success ? result.data : null
}

/** Held by whoever waits for SeaTable: other commands may run meanwhile, but no second one asks for big data. */
const takeTurn = ({ config, now }: JobContext, { began }: PendingBigData): Promise<Lock> => {
  const who = { command: `big data of the restore of ${began}`, pid: process.pid, since: now() }
  return takeLock(config.stateDir, who, config.environment.tools, 'big-data-lock')
}

/**
 * Writes down what is pending, so that no crash forgets it, and returns what asks SeaTable for it. That is to be called
 * when the lock of the run is given back: SeaTable takes minutes to answer, and nobody has to wait for it.
 */
export const prepareBigData = async (
  context: JobContext,
  server: PlacedContainer | null,
  pending: PendingBigData,
): Promise<() => Promise<BroughtBack>> => {
  const { stateDir } = context.config
  await writeDurably(recordPath(stateDir), `${JSON.stringify(pending, null, 1)}\n`)
  const turn = await takeTurn(context, pending)
  return async () => {
    try {
      const broughtBack = await bringBackBigData(context, server, pending.emptied)
      await rm(recordPath(stateDir), { force: true })
      return broughtBack
    } finally {
      await turn.release()
    }
  }
}

/** Commands that stop SeaTable, which would end what it was asked for. */
const stopping = ['restore', 'rollback', 'hook post-restore']

/** Asks for what a run that was killed has left to be asked. Throws (exit code 11) when a run waits that `command` would disturb. */
export const finishBigData = async (context: JobContext, command: string): Promise<void> => {
  const pending = await readPendingBigData(context.config.stateDir)
  if (pending === null) return
  const ask = await prepareBigData(context, await serverOf(context), pending).catch((error: unknown) => {
    if (error instanceof UserError && error.exitCode === exitCodes.locked) return null
    throw error
  })
  if (ask !== null) {
    const what = `The restore of ${pending.began} (snapshot ${shortId(pending.snapshot)})`
    context.report({ type: 'warning', message: `${what} ended before its big data was back; finishing it` })
    await ask()
  } else if (stopping.includes(command)) {
    throw new UserError({
      message: `SeaTable is being asked for the big data of the restore of ${pending.began}, and would be stopped by this`,
      hint: 'Wait until that run has ended; or end it with Ctrl-C: all else is live, and it says what is left to be done.',
      exitCode: exitCodes.locked,
    })
  }
}

const serverOf = async ({ config, signal }: JobContext): Promise<PlacedContainer | null> =>
  (await findInstallation(config, signal)).server
