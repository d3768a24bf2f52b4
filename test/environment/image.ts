import { execa } from 'execa'
import { type DatabaseServer, recipeOf } from './database-servers.ts'
import { exclusively } from './exclusively.ts'
import { canMakeRootFilesystems, ensureRootFilesystem } from './root-filesystem.ts'

export type ContainerEngine = 'docker' | 'podman'

/** The image of a database server, made here once from its distribution's packages; no registry is asked. */
export const ensureImage = async (engine: ContainerEngine, server: DatabaseServer = 'mariadb'): Promise<string> => {
  const image = imageOf(server)
  if (await exists(engine, image)) return image
  return exclusively(`image-${server}`, async () => {
    if (!(await exists(engine, image))) await importImage(engine, image, await ensureRootFilesystem(recipeOf(server)))
    return image
  })
}

/** Whether the image is there or can be made. */
export const imageAvailable = async (engine: ContainerEngine, server: DatabaseServer = 'mariadb'): Promise<boolean> =>
  (await exists(engine, imageOf(server))) || (await canMakeRootFilesystems())

const imageOf = (server: DatabaseServer): string => `localhost/seatable-restic-test/${server}`

const exists = async (engine: ContainerEngine, image: string): Promise<boolean> =>
  !(await execa(engine, ['image', 'inspect', image], { reject: false, stdin: 'ignore' })).failed

const importImage = async (engine: ContainerEngine, image: string, archive: string): Promise<void> => {
  // As the official images: the data directory is a volume.
  const changes = ['--change', 'VOLUME /var/lib/mysql', '--change', 'CMD ["/bin/sh"]']
  await execa(engine, ['import', ...changes, archive, `${image}:latest`], { stdin: 'ignore' })
}
