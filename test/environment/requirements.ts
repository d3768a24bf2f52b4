import { readFile } from 'node:fs/promises'
import { execa } from 'execa'
import { describe, test } from 'vitest'
import { browserAvailable } from './browser.ts'
import { dockerAvailable, podmanAvailable } from './docker.ts'
import { imageAvailable } from './image.ts'
import { resticOfVersion } from './restic.ts'
import { systemPath } from './system-path.ts'
import { wrapperProgram } from './wrappers.ts'

const answers = {
  docker: async () => (await dockerAvailable()) && (await imageAvailable('docker')),
  podman: async () => (await podmanAvailable()) && (await imageAvailable('podman')),
  'mariadb 10.5': () => imageAvailable('docker', 'mariadb-10.5'),
  'mariadb 10.11': () => imageAvailable('docker', 'mariadb-10.11'),
  'mariadb 11.8': () => imageAvailable('docker', 'mariadb-11.8'),
  'mysql 8.0': () => imageAvailable('docker', 'mysql-8.0'),
  'mysql 9.7': () => imageAvailable('docker', 'mysql-9.7'),
  mariadb: () => runs('mariadbd', ['--version']),
  restic: () => runs('restic', ['version']),
  'restic 0.18': async () => (await resticOfVersion('0.18.')) !== undefined,
  'restic 0.19': async () => (await resticOfVersion('0.19.')) !== undefined,
  resticprofile: async () => (await wrapperProgram('resticprofile')) !== undefined,
  autorestic: async () => (await wrapperProgram('autorestic')) !== undefined,
  browser: browserAvailable,
  promtool: () => runs('promtool', ['--version']),
  systemd: () => runs('systemd-analyze', ['--version']),
  zsh: () => runs('zsh', ['--version']),
  fish: () => runs('fish', ['--version']),
  mandoc: async () => (await execa('mandoc', ['-T', 'lint', '/dev/null'], { reject: false })).exitCode !== undefined,
  root: async () => process.getuid?.() === 0,
  mounts: async () => process.getuid?.() === 0 && (await runs('unshare', ['--mount', 'true'])),
  /** To make and mount a filesystem with reflinks. */
  xfs: async () => process.getuid?.() === 0 && (await runs('mkfs.xfs', ['-V'])) && (await mountsLoops()),
}

export type Requirement = keyof typeof answers

const known = new Map<Requirement, Promise<boolean>>()

/** Whether this machine has what some tests need. */
export const available = (requirement: Requirement): Promise<boolean> => {
  const answer = known.get(requirement) ?? answers[requirement]()
  known.set(requirement, answer)
  return answer
}

/** A `describe` that is skipped by name where something is missing, and fails there when `CI` is `true`. Await it. */
export const describeWith = async (
  requirements: Requirement | readonly Requirement[],
  title: string,
  body: () => void,
): Promise<void> => {
  const missing: Requirement[] = []
  for (const requirement of [requirements].flat()) if (!(await available(requirement))) missing.push(requirement)
  if (missing.length === 0) {
    describe(title, body)
  } else if (process.env.CI === 'true') {
    test(title, () => {
      throw new Error(`This machine lacks ${missing.join(' and ')}. scripts/prepare-tests installs it.`)
    })
  } else {
    describe.skip(`${title} (this machine lacks ${missing.join(' and ')}; scripts/prepare-tests installs it)`, body)
  }
}

const runs = async (file: string, args: string[]): Promise<boolean> =>
  !(await execa(file, args, { reject: false, stdin: 'ignore', env: systemPath })).failed

const mountsLoops = async (): Promise<boolean> => (await readFile('/proc/filesystems', 'utf8')).includes('\txfs\n')
