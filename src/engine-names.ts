/** The programs that keep containers: each is called by this name. */
export const containerPrograms = ['docker', 'podman'] as const

export type ContainerProgram = (typeof containerPrograms)[number]

/** Where a database can be: in a container of one of these programs, or in none. */
export const engineNames = [...containerPrograms, 'none'] as const
