/** What calls a run: a person, `schedule run`, a wrapper's hook, or the container's own `serve`. */
export const callers = ['person', 'schedule', 'wrapper', 'serve'] as const

export type Caller = (typeof callers)[number]

/** The variable by which a program of ours says to those that it starts who calls them. No setting: nobody else sets it. */
export const callerVariable = 'SEATABLE_RESTIC_CALLER'

/** Who calls a run of a command, by what the environment says. */
export const callerOf = (command: string, env: Readonly<Record<string, string | undefined>>): Caller =>
  callers.find((caller) => caller === env[callerVariable]) ?? (command.startsWith('hook ') ? 'wrapper' : 'person')
