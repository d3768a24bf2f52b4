import { expect, test } from 'vitest'
import { repositoryName } from '../../src/restic/failures.ts'
import { maskSecrets } from '../../src/restic/mask-secrets.ts'

test.each([
  ['Head "http://user:geheim@host:8000/config": refused', 'Head "http://***@host:8000/config": refused'],
  ['rest:https://user:a@b@host/x', 'rest:https://***@host/x'],
  ['sftp://backup@host//srv and s3:https://key:sec@host/b', 'sftp://***@host//srv and s3:https://***@host/b'],
  ['parse "http://us:pa/ss@host/": invalid port ":pa" after host', 'parse "http://***@host/": invalid port after host'],
  ['open /srv/a@b: permission denied', 'open /srv/a@b: permission denied'],
])('credentials in the URLs of "%s" are masked', (text, masked) => {
  expect(maskSecrets(text, {})).toBe(masked)
})

test('the value of a secret variable is masked wherever it is told', () => {
  const environment = {
    RESTIC_PASSWORD: 'correct horse',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI',
    RESTIC_PASSWORD_FILE: '/etc/seatable-restic/password',
  }
  expect(maskSecrets('correct horse wJalrXUtnFEMI /etc/seatable-restic/password', environment)).toBe(
    '*** *** /etc/seatable-restic/password',
  )
})

test('a secret that holds another one is masked as a whole', () => {
  const environment = { RESTIC_PASSWORD: 'battery', B2_ACCOUNT_KEY: 'battery-staple' }
  expect(maskSecrets('battery-staple', environment)).toBe('***')
})

test('a repository is named without its credentials, a slash in the password included', () => {
  expect(repositoryName({ RESTIC_REPOSITORY: 'rest:http://us:pa/ss@host/x' })).toBe('rest:http://***@host/x')
  expect(repositoryName({ RESTIC_REPOSITORY: '/srv/restic' })).toBe('/srv/restic')
  expect(repositoryName({ RESTIC_REPOSITORY_FILE: '/etc/repo' })).toBe('the place named in /etc/repo')
})
