import { join } from 'node:path'
import { execa } from 'execa'
import { canFetchArtifacts, withArtifact } from './artifact.ts'
import { type DatabaseServer, recipeOf, type ServerRecipe } from './database-servers.ts'
import { exclusively } from './exclusively.ts'
import { canMakeRootFilesystems, ensureRootFilesystem } from './root-filesystem.ts'

export type ContainerEngine = 'docker' | 'podman'

/** The image of a database server, made here once from its distribution's packages; no registry is asked. */
export const ensureImage = async (engine: ContainerEngine, server: DatabaseServer = 'mariadb'): Promise<string> => {
  const image = imageOf(server)
  if (await exists(engine, image)) return image
  return exclusively(`image-${server}`, async () => {
    if (!(await exists(engine, image))) await make(engine, image, recipeOf(server))
    return image
  })
}

/** Whether the image is there or can be made. */
export const imageAvailable = async (engine: ContainerEngine, server: DatabaseServer = 'mariadb'): Promise<boolean> =>
  (await exists(engine, imageOf(server))) ||
  ((await canMakeRootFilesystems()) && (recipeOf(server).artifact === undefined || (await canFetchArtifacts())))

const imageOf = (server: DatabaseServer): string => `localhost/seatable-restic-test/${server}`

const exists = async (engine: ContainerEngine, image: string): Promise<boolean> =>
  !(await execa(engine, ['image', 'inspect', image], { reject: false, stdin: 'ignore' })).failed

const make = async (engine: ContainerEngine, image: string, recipe: ServerRecipe): Promise<void> => {
  const archive = await ensureRootFilesystem(recipe)
  // As the official images: the data directory is a volume.
  const changes = ['--change', 'VOLUME /var/lib/mysql', '--change', 'CMD ["/bin/sh"]']
  const { artifact, flavour } = recipe
  if (artifact === undefined) {
    await execa(engine, ['import', ...changes, archive, `${image}:latest`], { stdin: 'ignore' })
    return
  }
  await withArtifact(artifact, async (contents) => {
    const tree = `${contents}.tree`
    const inside = join(tree, 'opt', flavour)
    await execa('mkdir', ['-p', inside])
    await execa('tar', ['-C', inside, '-xzf', contents])
    // Its old name, beside the program that looks for it.
    await execa('ln', ['-s', '/usr/lib/x86_64-linux-gnu/libaio.so.1t64', join(inside, 'bin', 'libaio.so.1')])
    const whole = `${contents}.whole.tar`
    await execa('cp', [archive, whole])
    await execa('tar', ['--owner=0', '--group=0', '-C', tree, '-rf', whole, `./opt/${flavour}`])
    await execa(engine, ['import', ...changes, whole, `${image}:latest`], { stdin: 'ignore' })
  })
}
