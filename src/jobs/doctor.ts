import { exitCodes, UserError } from '../errors.ts'
import { EngineSilent } from '../seatable/find/host-containers.ts'
import { findInstallation } from '../seatable/find/installation.ts'
import type { JobContext } from './context/job-context.ts'
import { step } from './context/step.ts'
import { attempt, type Known } from './doctor/attempt.ts'
import type { Surroundings } from './doctor/facts.ts'
import {
  gatherBigData,
  gatherDatabase,
  gatherHost,
  gatherNewest,
  gatherRepository,
  openQuietRestic,
} from './doctor/gather.ts'
import { gatherDirectories } from './doctor/gather-directories.ts'
import { gatherState } from './doctor/gather-state.ts'
import { type DoctorOutcome, judge, type KnownFacts } from './doctor/judge.ts'
import { lookAtSchedule } from './schedule/show.ts'

export type { Surroundings } from './doctor/facts.ts'
export type { DoctorOutcome } from './doctor/judge.ts'

/** Gathers the facts, all at once and each with a limit of its own, then judges them. Changes nothing. */
export const doctor = (context: JobContext, surroundings: Surroundings): Promise<DoctorOutcome> =>
  step(context.report, 'Looking at everything', async () => {
    const facts = await gatherFacts(context, surroundings)
    if (context.signal.aborted)
      throw new UserError({ message: 'doctor was interrupted', hint: 'Run it again.', exitCode: exitCodes.interrupted })
    return judge(facts)
  })

const gatherFacts = async (context: JobContext, surroundings: Surroundings): Promise<KnownFacts> => {
  const { config, signal } = context
  const host = attempt({ what: 'This host', limit: 10, signal, toldBy: 'flock' }, [], () => gatherHost(config))
  const state = attempt({ what: 'The state directory', limit: 10, signal, toldBy: 'state-directory' }, [], () =>
    gatherState(config),
  )
  const schedule = attempt({ what: 'What runs by itself', limit: 10, signal, toldBy: 'schedule' }, [], () =>
    lookAtSchedule(config),
  )
  const { restic, repository, newest } = ofRepository(context)
  const { installation, directories, bigData, database } = ofInstallation(context)
  return {
    now: known(context.now()),
    surroundings: known(surroundings),
    config: known(config),
    host: await host,
    state: await state,
    schedule: await schedule,
    restic: await restic,
    repository: await repository,
    newest: await newest,
    installation: await installation,
    directories: await directories,
    bigData: await bigData,
    database: await database,
  }
}

/** What the repository tells. All of it begins at once. */
const ofRepository = ({ config, signal }: JobContext) => {
  const restic = attempt(
    // Without a repository or a password in the settings restic is not even looked for.
    {
      what: 'restic',
      limit: 10,
      signal,
      toldBy: ({ exitCode }) => (exitCode === exitCodes.usage ? 'repository' : 'restic'),
    },
    [],
    (own) => openQuietRestic(config, own),
  )
  const repository = attempt(
    {
      what: 'The repository',
      limit: 30,
      signal,
      toldBy: ({ exitCode }) => (exitCode === exitCodes.wrongPassword ? 'repository-password' : 'repository'),
    },
    [restic],
    (own, opened) => gatherRepository(opened, config, own),
  )
  const newest = attempt(
    { what: 'The newest snapshot', limit: 30, signal, toldBy: 'snapshot-whole' },
    [restic, repository],
    (own, opened, found) => gatherNewest(opened, config, found, own),
  )
  return { restic, repository, newest }
}

/** What SeaTable and its database tell. All of it begins at once. */
const ofInstallation = (context: JobContext) => {
  const { config, signal } = context
  const installation = attempt(
    { what: 'The container engine', limit: 15, signal, toldBy: whatWasNotFound },
    [],
    (own) => findInstallation(config, own),
  )
  const directories = attempt(
    { what: 'The data directory', limit: 10, signal, toldBy: 'data-directory' },
    [installation],
    (_own, found) => gatherDirectories(config, found),
  )
  const bigData = attempt(
    { what: 'The SeaTable server', limit: 20, signal, toldBy: 'seatable-version' },
    [installation],
    (own, found) => gatherBigData(config, found, own),
  )
  const database = attempt(
    { what: 'The database', limit: 20, signal, toldBy: 'database' },
    [installation],
    (own, found) => gatherDatabase(context, found, own),
  )
  return { installation, directories, bigData, database }
}

/** The hint names the setting to choose with. */
const whatWasNotFound = (error: UserError): string => {
  if (error instanceof EngineSilent) return 'engine'
  const owner = Object.entries(settingsOfChecks).find(([setting]) => error.hint.includes(setting))
  return owner?.[1] ?? 'engine'
}

const settingsOfChecks = {
  SEATABLE_RESTIC_SERVER_CONTAINER: 'server-container',
  SEATABLE_RESTIC_DB_CONTAINER: 'database-container',
  SEATABLE_RESTIC_DATA_DIR: 'data-directory',
  SEATABLE_RESTIC_DATABASES: 'databases',
}

const known = <Value>(value: Value): Known<Value> => ({ known: true, value })
