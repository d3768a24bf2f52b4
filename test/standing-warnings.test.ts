import { expect, test } from 'vitest'
import { themes } from '../src/jobs/doctor/judge.ts'
import {
  applyAccept,
  problemOfAccepted,
  standing,
  standingAbout,
  type WarningKind,
  warningKinds,
} from '../src/standing-warnings.ts'

const others = standingAbout('other-databases', ['scheduler', 'shop'], (names) => `not saved: ${names.join(', ')}`)
const log = standing('binary-log', 'there is a binary log')
const told = (accept: readonly string[]) =>
  applyAccept([...others, log], accept).map(({ message, accepted }) => `${accepted ? 'accepted ' : ''}${message}`)

test('what nobody has accepted is told, with the names that would accept it', () => {
  expect(applyAccept([...others, log], [])).toEqual([
    {
      ids: ['other-databases:scheduler', 'other-databases:shop'],
      message: 'not saved: scheduler, shop',
      accepted: false,
    },
    { ids: ['binary-log'], message: 'there is a binary log', accepted: false },
  ])
})

test('a name accepts all of its kind, or the one thing behind the colon; the rest is still told', () => {
  expect(told(['other-databases'])).toEqual(['accepted not saved: scheduler, shop', 'there is a binary log'])
  expect(told(['binary-log', 'other-databases:shop'])).toEqual([
    'not saved: scheduler',
    'accepted not saved: shop',
    'accepted there is a binary log',
  ])
  expect(told(['other-databases:sho', 'storage-engines:shop'])).toEqual([
    'not saved: scheduler, shop',
    'there is a binary log',
  ])
})

test('a name that accepts nothing is refused, with the nearest that does', () => {
  expect(problemOfAccepted('binry-log')).toBe('is no standing warning; did you mean binary-log?')
  expect(problemOfAccepted('other_databases:scheduler')).toBe('is no standing warning; did you mean other-databases?')
  expect(problemOfAccepted('binary-log:x')).toBe('has no parts to name; write binary-log')
  expect(problemOfAccepted('loss')).toBe('must name what is accepted, as loss:…')
  expect(problemOfAccepted('other-databases:')).toBe('must name what is accepted, as other-databases:…')
  expect(['loss:dtable_db.x', 'other-databases', 'other-databases:a:b', 'conf'].map(problemOfAccepted)).toEqual([
    null,
    null,
    null,
    null,
  ])
})

test('every check of doctor that can warn has a name that accepts it', () => {
  const onlyFailOrTell: readonly string[] = [
    ...['node', 'flock', 'settings', 'engine', 'installation', 'database-container', 'helper-containers'],
    ...[
      'data-directory',
      'own-places',
      'database',
      'databases',
      'max-allowed-packet',
      'variables',
      'views',
      'repository',
      'repository-password',
    ],
  ]
  const checks = themes.flatMap((theme) => theme.checks.map(({ id }) => id))
  expect(checks.filter((id) => !warningKinds.includes(id as WarningKind) && !onlyFailOrTell.includes(id))).toEqual([])
})
