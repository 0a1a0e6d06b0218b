/**
 * Finds nodes that have been seen before. Most nodes are kept with the last of their operands, a few for each: operands are
 * mostly recent, so that looking one up reads memory which was read just before. A hash table, with open addressing, has
 * the others. (By the table alone, of which each look is a miss of all caches, a program of a million records took three
 * times as long to plan for each record as one of a thousand.)
 */
import type { Graph } from './graph.ts'

/** How many nodes are kept with one operand. */
const WAYS = 4

export class Interner {
  readonly #graph: Graph
  /** By node: the first nodes that have it as their last operand, as number + 1; 0 for none. */
  readonly #near: Int32Array
  /** The same for those that found no place. The system gives its pages when they are written to. */
  readonly #far: Int32Array
  readonly #mask: number
  /** The bits of the constants' numbers. */
  readonly #bits: Int32Array

  constructor(graph: Graph) {
    this.#graph = graph
    this.#near = new Int32Array(WAYS * graph.length)
    const size = 2 ** Math.ceil(Math.log2(2 * graph.length + 2))
    this.#far = new Int32Array(size)
    this.#mask = size - 1
    this.#bits = new Int32Array(graph.number.buffer)
  }

  /** The first number constant with the same bits. */
  number(id: number): number {
    const bits = this.#bits
    const far = this.#far
    const low = bits[2 * id] as number
    const high = bits[2 * id + 1] as number
    const { constants } = this.#graph
    for (let at = this.#start(mix(mix(1, low), high)); ; at = (at + 1) & this.#mask) {
      const other = (far[at] as number) - 1
      if (other < 0) {
        far[at] = id + 1
        return id
      }
      if (other < constants && bits[2 * other] === low && bits[2 * other + 1] === high) return other
    }
  }

  /** The first record that does the same to the same operands. */
  record(id: number): number {
    const { a, b, c } = this.#graph
    const near = this.#near
    const last = Math.max(a[id] as number, b[id] as number)
    for (let at = WAYS * last; at < WAYS * (last + 1); at++) {
      const other = (near[at] as number) - 1
      if (other < 0) {
        near[at] = id + 1
        return id
      }
      if (this.#same(id, other)) return other
    }
    const { word, rows, cols, constants } = this.#graph
    const far = this.#far
    let hash = 2
    for (const field of [word, a, b, c, rows, cols]) hash = mix(hash, field[id] as number)
    for (let at = this.#start(hash); ; at = (at + 1) & this.#mask) {
      const other = (far[at] as number) - 1
      if (other < 0) {
        far[at] = id + 1
        return id
      }
      if (other >= constants && this.#same(id, other)) return other
    }
  }

  #same(id: number, other: number): boolean {
    const { word, a, b, c, rows, cols } = this.#graph
    return (
      a[other] === a[id] &&
      b[other] === b[id] &&
      word[other] === word[id] &&
      c[other] === c[id] &&
      rows[other] === rows[id] &&
      cols[other] === cols[id]
    )
  }

  #start(hash: number): number {
    return (hash ^ (hash >>> 15)) & this.#mask
  }
}

function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ value, 0x9e3779b1)
  return mixed ^ (mixed >>> 13)
}
