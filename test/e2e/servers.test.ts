import { inContainer } from '../environment/cycle-site.ts'
import { describeWith } from '../environment/requirements.ts'
import { testWholeCycle } from '../environment/whole-cycle.ts'

// It is the one whose default character set the damage changes.
const hardIn = ['seafile_db']

await describeWith(['docker', 'restic', 'mariadb 10.5'], 'a whole cycle on MariaDB 10.5', () => {
  testWholeCycle(inContainer({ server: 'mariadb-10.5' }), { inPlace: true, hardIn })
})

await describeWith(['docker', 'restic', 'mysql 9.7'], 'a whole cycle on MySQL 9.7', () => {
  testWholeCycle(inContainer({ server: 'mysql-9.7' }), { hardIn })
})
