import { execa } from 'execa'
import { z } from 'zod'

const schedule = z.strictObject({ cron: z.string(), clock: z.enum(['CLOCK_LOCAL', 'CLOCK_UTC']) })

const hook = z.strictObject({
  conditions: z.array(z.enum(['CONDITION_SNAPSHOT_START', 'CONDITION_SNAPSHOT_END', 'CONDITION_SNAPSHOT_ERROR'])),
  onError: z.enum(['ON_ERROR_IGNORE', 'ON_ERROR_CANCEL', 'ON_ERROR_FATAL']),
  actionCommand: z.strictObject({ command: z.string() }),
})

const count = z.number().int().positive()

/** Of backrest's configuration (its `proto/v1/config.proto`) the fields that the example uses, and no others. */
export const backrestConfiguration = z.strictObject({
  modno: count,
  version: count,
  instance: z.string().regex(/^[a-zA-Z0-9_.-]+$/),
  repos: z.array(
    z.strictObject({
      id: z.string(),
      uri: z.string(),
      env: z.array(z.string().regex(/^\w+=/)),
      prunePolicy: z.strictObject({ schedule, maxUnusedPercent: z.number() }),
      checkPolicy: z.strictObject({ schedule, readDataSubsetPercent: z.number() }),
    }),
  ),
  plans: z.array(
    z.strictObject({
      id: z.string(),
      repo: z.string(),
      paths: z.array(z.string().startsWith('/')),
      excludes: z.array(z.string()),
      schedule,
      retention: z.strictObject({
        policyTimeBucketed: z.strictObject({ daily: count, weekly: count, monthly: count, keepLastN: count }),
      }),
      hooks: z.array(hook),
    }),
  ),
})

export type BackrestConfiguration = z.infer<typeof backrestConfiguration>
type Condition = z.infer<typeof hook>['conditions'][number]

export interface BackrestRun {
  /** Null when the hook before it stopped the backup. */
  readonly resticExitCode: number | null
  /** What the hooks said. */
  readonly output: string
}

/**
 * Stands in for a backup of backrest, which needs a browser and a server: the hooks of its only plan, each called as
 * backrest calls it (the script on the standard input of the program that its first line names, else of `sh`), and
 * restic between them. `ignoringFailures`: as it goes on with ON_ERROR_IGNORE, which is what it does unless told.
 */
export const actLikeBackrest = async (
  { repos: [repo], plans: [plan], instance }: BackrestConfiguration,
  environment: Readonly<Record<string, string>>,
  { ignoringFailures = false } = {},
): Promise<BackrestRun> => {
  if (!repo || !plan) throw new Error('a repository and a plan are needed')
  let output = ''
  const call = async (...conditions: Condition[]): Promise<boolean> => {
    for (const { conditions: wanted, onError, actionCommand } of plan.hooks) {
      if (!wanted.some((condition) => conditions.includes(condition))) continue
      const ended = await callHook(actionCommand.command, environment)
      output += ended.output
      if (ended.failed && onError !== 'ON_ERROR_IGNORE' && !ignoringFailures) return false
    }
    return true
  }
  if (!(await call('CONDITION_SNAPSHOT_START'))) {
    await call('CONDITION_SNAPSHOT_ERROR')
    return { resticExitCode: null, output }
  }
  const tags = [`plan:${plan.id}`, `created-by:${instance}`].flatMap((tag) => ['--tag', tag])
  const excludes = plan.excludes.flatMap((pattern) => ['--exclude', pattern])
  const given = Object.fromEntries(repo.env.map((line) => line.split(/=(.*)/s).slice(0, 2)))
  const { exitCode } = await execa('restic', ['backup', '--json', ...excludes, ...tags, ...plan.paths], {
    env: { ...environment, ...given, RESTIC_REPOSITORY: repo.uri },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  })
  await call('CONDITION_SNAPSHOT_END', ...(exitCode === 0 ? [] : (['CONDITION_SNAPSHOT_ERROR'] as const)))
  return { resticExitCode: exitCode ?? -1, output }
}

const callHook = async (script: string, env: Readonly<Record<string, string>>) => {
  const [, interpreter = 'sh'] = /^#!\s*(\S+)/.exec(script) ?? []
  const { failed, all } = await execa(interpreter, [], {
    input: script,
    env,
    extendEnv: false,
    reject: false,
    all: true,
  })
  return { failed, output: String(all) }
}
