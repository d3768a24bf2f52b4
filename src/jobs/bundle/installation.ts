import type { Config } from '../../config/config.ts'
import { isSecretName } from '../../restic/mask-secrets.ts'
import { listHostContainers, type PlacedContainer } from '../../seatable/find/host-containers.ts'
import { attempt } from '../doctor/attempt.ts'
import { type Hidden, hostsIn } from './hide.ts'

const composeLabel =
  /^com\.docker\.compose\.(project|service|version|project\.config_files|project\.working_dir|depends_on|oneoff)$/

export interface ContainersHere {
  /** By name, image and labels of compose. */
  readonly containers: readonly object[]
  /** What their environments hold that must not be read. */
  readonly hidden: Hidden
}

/** The containers of SeaTable's compose project, or all that compose has made where none is SeaTable's. */
export const containersHere = async (config: Config, signal: AbortSignal): Promise<ContainersHere> => {
  const listed = await attempt({ what: 'The container engine', limit: 15, signal, toldBy: 'engine' }, [], (own) =>
    listHostContainers(config, own),
  )
  const containers = listed.known ? listed.value.containers : []
  const environments = containers.flatMap(({ container }) => Object.entries(container.environment))
  return {
    containers: containers.filter(isOfCompose).map(describe),
    hidden: {
      secrets: environments.flatMap(([name, value]) => (isSecretName(name) ? [value] : [])),
      hosts: environments.flatMap(([name, value]) =>
        /(HOST(NAME)?|URL)$/.test(name) ? [value, ...hostsIn(value)] : [],
      ),
    },
  }
}

const isOfCompose = ({ container }: PlacedContainer): boolean =>
  Object.keys(container.labels).some((label) => composeLabel.test(label))

const describe = ({ cli, container }: PlacedContainer) => ({
  engine: cli,
  name: container.name,
  image: container.image,
  running: container.running,
  labels: Object.fromEntries(Object.entries(container.labels).filter(([label]) => composeLabel.test(label))),
})
