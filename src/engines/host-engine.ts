import { readdir, readlink, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../errors.ts'
import { leadsToSomething } from '../paths.ts'
import type { Command } from '../process.ts'
import { clientEnvironment } from './client-environment.ts'
import { type Address, optionFileOf } from './connection-options.ts'
import type { Engine } from './engine.ts'
import { reachFromHost } from './reach-from-host.ts'

/**
 * Engine `none`: the clients of this host, over a socket or TCP. What the host's own option files say of connecting, and
 * the password of the settings, go into a private option file that replaces them all (`--defaults-file`). `optionFiles`
 * is the directory for temporary files: one that has room also when the disk of the state directory is full.
 */
export const hostEngine = (
  address: Address,
  environment: Readonly<Record<string, string>>,
  optionFiles: string,
): Engine => {
  const command = (program: readonly string[]): Command => {
    const [file = '', ...args] = program
    return { file, args, env: clientEnvironment(environment) }
  }
  return {
    place: address.host === null ? 'this host' : `the server ${address.host}`,
    besideServer: false,
    passwordIsInOptionFiles: true,
    mayHaveAnotherName: () => true,
    probe: command,
    prepare: async (program, credentials, files) => {
      const [file = '', ...args] = program
      const folder = await makeFolder(optionFiles)
      const optionFile = join(folder, 'client.cnf')
      await writeFile(optionFile, optionFileOf({ files, credentials, address, anyUser: true }), { mode: 0o600 })
      return {
        command: command([file, `--defaults-file=${optionFile}`, ...args]),
        preamble: '',
        chooseRoute: null,
        heard: () => false,
        kill: async () => {},
        dispose: () => rm(folder, { recursive: true, force: true }),
      }
    },
    reach: (credentials, files, reached) => reachFromHost({ credentials, files, address, anyUser: true }, reached),
  }
}

/** Its owner's alone, under a name that says whose process it is. */
const makeFolder = async (optionFiles: string): Promise<string> => {
  try {
    const prefix = `${await folderPrefix()}${process.pid}`
    // Once it is loaded it looks at TMPDIR, which may name nothing: that is told before.
    const { dir } = await import('tmp-promise')
    return (await dir({ tmpdir: optionFiles, prefix, mode: 0o700 })).path
  } catch (cause) {
    throw new UserError({
      message: `The directory for temporary files cannot be used: ${optionFiles} (${(cause as NodeJS.ErrnoException).code})`,
      hint: 'Set TMPDIR to a directory that exists, has room and can be written by this user.',
      cause,
    })
  }
}

/** A process id is one only in its namespace: a program in a container may share the folder, and sees no /proc of ours. */
const folderPrefix = async (): Promise<string> => {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '')
  return `seatable-restic-client-${/\d+/.exec(namespace)?.[0] ?? '0'}-`
}

/** Removes option files that killed runs have left: those whose process, of this namespace, is gone. */
export const sweepOptionFiles = async (optionFiles: string): Promise<void> => {
  const ours = new RegExp(`^${await folderPrefix()}(\\d+)`)
  for (const name of await readdir(optionFiles).catch(() => [])) {
    const pid = ours.exec(name)?.[1]
    if (pid === undefined || (await leadsToSomething(`/proc/${pid}`))) continue
    // Somebody else's is not ours to remove, nor to fail for.
    await rm(join(optionFiles, name), { recursive: true, force: true }).catch(() => {})
  }
}
