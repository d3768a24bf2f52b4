import type { FieldKind } from './columns.ts'
import { emptyBytes, type RowText, type RowWriter } from './row-text.ts'
import { rowTextWasm } from './row-text-wasm.ts'

/** As far as it is used here; no library that is loaded declares it. */
declare const WebAssembly: {
  Module: new (bytes: Buffer) => unknown
  Instance: new (module: unknown) => { readonly exports: unknown }
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  makeTables(): void
  checksum(length: number): number
  write(start: number, end: number, columns: number, emptyLength: number): number
}

/** Where in its memory what lies: wasm/row-text.ts knows the same. */
const kindsAt = 0x1000
const emptyAt = 0x3000
const pieceAt = 0x10000
const rowAt = 0x20000
const outputAt = 0x30000

/** Bytes of a piece, and of a row that did not come in one: as much as a socket gives at once. */
const areaLength = 0x10000
const mostColumns = emptyAt - kindsAt

const numberOf: Record<FieldKind, number> = { bare: 1, quoted: 2, hex: 3 }

/** One memory for all: nothing that lies in it is used after somebody else has got its turn. */
let loaded: { readonly exports: Exports; readonly memory: Buffer } | null | undefined

const load = (): typeof loaded => {
  try {
    const module = new WebAssembly.Module(Buffer.from(rowTextWasm, 'base64'))
    const exports = new WebAssembly.Instance(module).exports as Exports
    exports.makeTables()
    return { exports, memory: Buffer.from(exports.memory.buffer) }
  } catch {
    // An old processor, or a Node that was told not to compile.
    return null
  }
}

/** Does what `RowText` does, sixteen bytes at a time; what is out of the ordinary it leaves to that. */
export class VectorRowText implements RowWriter {
  readonly #text: RowText
  readonly #exports: Exports
  readonly #memory: Buffer
  readonly #kinds: Buffer
  readonly #empty: Buffer
  readonly #output: Buffer
  #piece: Buffer | null = null
  bytes: Buffer

  private constructor(text: RowText, { exports, memory }: NonNullable<typeof loaded>) {
    this.#text = text
    this.#exports = exports
    this.#memory = memory
    this.#kinds = Buffer.from(text.kinds.map((kind) => (kind === null ? 0 : numberOf[kind])))
    this.#empty = Buffer.from(emptyBytes[text.product])
    this.#output = memory.subarray(outputAt)
    this.bytes = this.#output
    this.#settle()
  }

  /** Null where it cannot run. */
  static over(text: RowText): VectorRowText | null {
    loaded = loaded === undefined ? load() : loaded
    return loaded == null || text.kinds.length > mostColumns ? null : new VectorRowText(text, loaded)
  }

  receive(piece: Buffer): Buffer {
    this.#settle()
    this.#piece = null
    if (piece.length > areaLength) return piece
    piece.copy(this.#memory, pieceAt)
    this.#piece = this.#memory.subarray(pieceAt, pieceAt + piece.length)
    return this.#piece
  }

  write(row: Buffer, start: number, end: number): number {
    const at = row === this.#piece ? pieceAt + start : this.#copied(row, start, end)
    const length = at < 0 ? -1 : this.#exports.write(at, at + end - start, this.#kinds.length, this.#empty.length)
    if (length >= 0) {
      this.bytes = this.#output
      return length
    }
    const written = this.#text.write(row, start, end)
    this.bytes = this.#text.bytes
    return written
  }

  checksum(length: number): number {
    // What is not negative there is so here.
    return this.bytes === this.#output ? this.#exports.checksum(length) >>> 0 : this.#text.checksum(length)
  }

  #settle(): void {
    this.#kinds.copy(this.#memory, kindsAt)
    this.#empty.copy(this.#memory, emptyAt)
  }

  /** A row that came in several pieces. */
  #copied(row: Buffer, start: number, end: number): number {
    if (end - start > areaLength) return -1
    row.copy(this.#memory, rowAt, start, end)
    return rowAt
  }
}
