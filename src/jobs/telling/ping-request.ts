import type { Config } from '../../config/config.ts'
import { exitCodes } from '../../errors.ts'
import type { Run } from '../history/run.ts'
import { addressOf, basicAuthorization } from './address.ts'
import type { Delivery } from './deliver.ts'

export type PingPlace = Exclude<Config['healthcheckUrl'][number], { problem: string }>

/** Less than any of them keeps. */
const mostOfBody = 10_000
const mostOfMessage = 250

/** How a place is told that a run begins; null where it wants to know the end alone. */
export const beginningFor = (place: PingPlace, command: string, id: string): Delivery | null =>
  place.kind === 'healthchecks' ? ofHealthchecks(place, command, 'start', id, '') : null

/** How a place is told of the end; null when the run did nothing that it must know: another one was at work. */
export const endFor = (place: PingPlace, run: Run, summary: string): Delivery | null => {
  const { exitCode, id, command } = run
  if (place.kind === 'healthchecks') {
    return ofHealthchecks(place, command, exitCode === exitCodes.locked ? 'log' : `${exitCode}`, id, summary)
  }
  if (exitCode === exitCodes.locked) return null
  const address = addressFor(place, command)
  const { url } = address
  const good = exitCode === exitCodes.done
  const seconds = Math.max(0, (Date.parse(run.ended) - Date.parse(run.began)) / 1000)
  const message = summary.slice(0, mostOfMessage)
  if (place.kind === 'kuma') {
    url.searchParams.set('status', good ? 'up' : 'down')
    url.searchParams.set('msg', message)
    url.searchParams.set('ping', `${Math.round(seconds * 1000)}`)
    return { url, headers: basicAuthorization(address) }
  }
  url.searchParams.set('success', `${good}`)
  url.searchParams.set('duration', `${seconds.toFixed(3)}s`)
  if (!good) url.searchParams.set('error', message)
  return { url, headers: { authorization: `Bearer ${address.user}` }, body: '' }
}

/** A line in the log of a check, which changes nothing there; null where there is no such thing. */
export const trialFor = (place: PingPlace, command: string, text: string): Delivery | null =>
  place.kind === 'healthchecks' ? ofHealthchecks(place, command, 'log', null, text) : null

const ofHealthchecks = (place: PingPlace, command: string, how: string, id: string | null, body: string): Delivery => {
  const address = addressFor(place, command)
  const { url } = address
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${how}`
  if (id !== null) url.searchParams.set('rid', id)
  return {
    url,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...basicAuthorization(address) },
    body: Buffer.from(body).subarray(0, mostOfBody).toString(),
  }
}

const addressFor = ({ url }: PingPlace, command: string) => addressOf(url.replaceAll('{command}', command))
