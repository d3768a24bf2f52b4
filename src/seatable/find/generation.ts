import { join } from 'node:path'
import { leadsToSomething } from '../../paths.ts'
import { type HostContainers, isSameProject, type PlacedContainer, roleNameOf } from './host-containers.ts'

/**
 * The layouts of SeaTable’s manuals, oldest first: A one compose file in `/opt/seatable` (to 4.2), B the first
 * `/opt/seatable-compose` (beta, 2023), C the container `seatable-server` (4.2 to 5.2), D settings by environment
 * (5.3 to 6.1), E without legacy conf files (6.2), F with a container `dtable-server` (7.0).
 */
export type Generation = 'A' | 'B' | 'C' | 'D' | 'E' | 'F'

/** The layout of a server container, or null without one. */
export const generationOf = async (
  { containers }: HostContainers,
  server: PlacedContainer | null,
  dataDir: string | null,
): Promise<{ readonly generation: Generation; readonly why: string } | null> => {
  if (server === null) return null
  const { environment } = server.container
  if (environment.SEATABLE_MYSQL_DB_HOST !== undefined || environment.JWT_PRIVATE_KEY !== undefined) {
    if (containers.some((placed) => isSameProject(placed, server) && roleNameOf(placed) === 'dtable-server')) {
      return { generation: 'F', why: 'its compose project has a service dtable-server' }
    }
    if (environment.SECRET_KEY !== undefined) return { generation: 'E', why: 'the server is told SECRET_KEY' }
    if (dataDir !== null && (await leadsToSomething(join(dataDir, 'conf', 'seatable_config.yaml')))) {
      return { generation: 'E', why: 'conf/seatable_config.yaml is there' }
    }
    return { generation: 'D', why: 'the server is told its databases by SEATABLE_MYSQL_DB_…' }
  }
  if (roleNameOf(server) === 'seatable-server') return { generation: 'C', why: 'the server is named seatable-server' }
  const shared = server.container.mounts.find(({ destination }) => destination === '/shared')?.source ?? ''
  return environment.DB_HOST === 'seatable-db' || /\/seatable-server(\/|$)/.test(shared)
    ? { generation: 'B', why: 'the server is told the database seatable-db, or mounts seatable-server' }
    : { generation: 'A', why: 'the server is told DB_HOST, and its name is not seatable-server' }
}
