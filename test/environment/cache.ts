import { resolve } from 'node:path'

/** What is expensive to make and the same for every run; the working directory is the project's. */
export const cacheDir = resolve('.cache')
