import { decodedPart } from '../../url-part.ts'

/** An address without the user in it, which `fetch` refuses, and that user. */
export interface Address {
  readonly url: URL
  readonly user: string
  readonly password: string
}

export const addressOf = (text: string): Address => {
  const url = new URL(text)
  const [user, password] = [decodedPart(url.username), decodedPart(url.password)]
  url.username = ''
  url.password = ''
  return { url, user, password }
}

/** What says who asks, where the address has a user in it. */
export const basicAuthorization = ({ user, password }: Address): Record<string, string> =>
  user === '' && password === ''
    ? {}
    : { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
