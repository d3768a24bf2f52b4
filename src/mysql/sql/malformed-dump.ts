/** The text ended inside a statement, is not what the client writes, or may be read in more than one way. */
export class MalformedDump extends Error {}
