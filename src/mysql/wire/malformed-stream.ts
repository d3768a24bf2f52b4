/** What a server sends is not what its protocol says: nothing of it can be used. */
export class MalformedStream extends Error {}

/** The connection ended before the server had said that its answer is whole. */
export class CutStream extends Error {}

/** The server refused a statement, or gave it up. */
export class ServerRefusal extends Error {
  readonly number: number

  constructor(number: number, message: string) {
    super(message)
    this.number = number
  }
}
