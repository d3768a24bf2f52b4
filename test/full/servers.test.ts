import { inContainer } from '../environment/cycle-site.ts'
import { describeWith } from '../environment/requirements.ts'
import { testWholeCycle } from '../environment/whole-cycle.ts'

await describeWith(['docker', 'restic', 'mariadb 11.8'], 'a whole cycle on MariaDB 11.8', () => {
  testWholeCycle(inContainer({ server: 'mariadb-11.8', binaries: 'mariadb-only' }))
})

await describeWith(['docker', 'restic', 'mysql 8.0'], 'a whole cycle on MySQL 8.0', () => {
  testWholeCycle(inContainer({ server: 'mysql-8.0' }))
})

await describeWith(['podman', 'restic'], 'a whole cycle in podman', () => {
  testWholeCycle(inContainer({ engine: 'podman' }))
})
