import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { ServerRecipe } from './database-servers.ts'

/** Whether Maven artifacts can be fetched and opened here. */
export const canFetchArtifacts = async (): Promise<boolean> => {
  const runs = [execa('mvn', ['--version'], { reject: false }), execa('unzip', ['-v'], { reject: false })]
  return (await Promise.all(runs)).every(({ failed }) => !failed)
}

/** Fetches a Maven artifact and hands over the archive that it holds; a folder that is gone afterwards. */
export const withArtifact = async (
  { coordinates, archive }: NonNullable<ServerRecipe['artifact']>,
  use: (archive: string) => Promise<void>,
): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'artifact-'))
  try {
    const copy = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy'
    await execa('mvn', ['-q', '-B', copy, `-Dartifact=${coordinates}`, `-DoutputDirectory=${folder}`], {
      cwd: folder,
      stdin: 'ignore',
    })
    const [jar = ''] = await readdir(folder)
    await execa('unzip', ['-q', join(folder, jar), archive, '-d', folder])
    await use(join(folder, archive))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
