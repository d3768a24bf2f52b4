import { describeWith } from '../environment/requirements.ts'
import { inContainer } from './cycle-site.ts'
import { testWholeCycle } from './whole-cycle.ts'

await describeWith(['docker', 'restic', 'mariadb 10.5'], 'a whole cycle on MariaDB 10.5', () => {
  testWholeCycle(inContainer({ server: 'mariadb-10.5' }), { inPlace: true })
})

await describeWith(['docker', 'restic', 'mysql 9.7'], 'a whole cycle on MySQL 9.7', () => {
  testWholeCycle(inContainer({ server: 'mysql-9.7' }))
})
