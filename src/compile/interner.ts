/** Finds nodes that have been seen before: a hash table of node numbers, with open addressing. */
import type { Graph } from './graph.ts'

export class Interner {
  readonly #graph: Graph
  readonly #table: Int32Array
  readonly #mask: number
  /** The bits of the constants' numbers. */
  readonly #bits: Int32Array

  constructor(graph: Graph) {
    this.#graph = graph
    const size = 2 ** Math.ceil(Math.log2(2 * graph.length + 2))
    this.#table = new Int32Array(size).fill(-1)
    this.#mask = size - 1
    this.#bits = new Int32Array(graph.number.buffer)
  }

  /** The first number constant with the same bits. */
  number(id: number): number {
    const bits = this.#bits
    const low = bits[2 * id] as number
    const high = bits[2 * id + 1] as number
    const { constants } = this.#graph
    return this.#find(id, mix(mix(1, low), high), other => {
      return other < constants && bits[2 * other] === low && bits[2 * other + 1] === high
    })
  }

  /** The first record that does the same to the same operands. */
  record(id: number): number {
    const { word, a, b, c, rows, cols, constants } = this.#graph
    let hash = 2
    for (const field of [word, a, b, c, rows, cols]) hash = mix(hash, field[id] as number)
    return this.#find(
      id,
      hash,
      other =>
        other >= constants &&
        word[other] === word[id] &&
        a[other] === a[id] &&
        b[other] === b[id] &&
        c[other] === c[id] &&
        rows[other] === rows[id] &&
        cols[other] === cols[id],
    )
  }

  #find(id: number, hash: number, equals: (other: number) => boolean): number {
    const table = this.#table
    for (let at = (hash ^ (hash >>> 15)) & this.#mask; ; at = (at + 1) & this.#mask) {
      const other = table[at] as number
      if (other < 0) {
        table[at] = id
        return id
      }
      if (equals(other)) return other
    }
  }
}

function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value, 0x9e3779b1)
  return mixed ^ (mixed >>> 13)
}
