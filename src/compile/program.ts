/** A program: what was recorded, planned and written into linear memory, to be run by one call. */
import { type Resident, ResidentLeaf } from '../resident.ts'
import { mapLeaves, StructureLeaf } from '../structure.ts'
import { withNumbers } from '../target.ts'
import { countOf } from '../tape.ts'
import { type PlainTensor, tensorOf } from '../tensor.ts'
import type { DType, Shape } from '../types.ts'
import { type Engine, engine } from '../wasm/engine.ts'
import { Encoding, type Patch } from './encoding.ts'
import { Execution, type Generate } from './generate/execution.ts'
import type { Graph } from './graph.ts'
import type { Plan } from './plan.ts'
import type { Guard } from './recorder.ts'
import { NumberLeaf, PlainLeaf, type ResidentLeafAt, type ResidentNode, type Signature } from './signature.ts'

/** A number of resident parameters: where it goes, and where its new value is, counted in numbers; −1 if it does not change. */
interface ResidentNumber {
  readonly leaf: ResidentLeafAt
  readonly at: number
  readonly changed: number
}

/** Resident parameters, with the handle that the program's pointers belong to. */
interface ResidentInput {
  readonly node: ResidentNode
  readonly patches: readonly Patch[]
  id: number
}

/** Values one behind the other, for which a resident argument stands in turn. */
export interface Strided {
  readonly resident: Resident<unknown>
  /** Where the first is, and how many bytes lie between two. */
  readonly pointer: number
  readonly stride: number
}

/** How many values `runEach` goes through before it looks at the clock: that takes as long as a short run. */
const RUNS_TO_A_LOOK = 16

/** What must be written for each of the values that strided arguments stand for. */
export interface Course {
  readonly moving: readonly (Pick<Strided, 'pointer' | 'stride'> & { readonly input: ResidentInput })[]
  /** Resident numbers: where the program has them, before and after, and where they lie, counted in numbers. */
  readonly numbers: readonly {
    readonly at: number
    readonly changed: number
    readonly place: number
    readonly step: number
  }[]
}

/** Stands in a result for a value that is read when the program has run. */
export class Cell extends StructureLeaf {
  readonly shape: Shape
  readonly dtype: DType
  /** The node that has it, and the address where that is. */
  node = -1
  address = -1

  constructor(shape: Shape, dtype: DType) {
    super()
    this.shape = shape
    this.dtype = dtype
  }
}

/** Stands in a result for an array of numbers, which may be long. */
class Row extends StructureLeaf {
  /** Where the numbers are, counted in numbers. */
  readonly at: Int32Array

  constructor(cells: readonly Cell[]) {
    super()
    this.at = Int32Array.from(cells, ({ address }) => address / 8)
  }
}

/** The same structure, with a `Row` in place of each array of numbers that stands in arrays only. */
function withRows(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  const isNumber = (part: unknown): boolean => part instanceof Cell && part.shape.length === 0
  return value.length > 0 && value.every(isNumber) ? new Row(value as Cell[]) : value.map(withRows)
}

/** What is written where the caller wants it: `into` gets the values of the cells. */
export interface Delivery {
  readonly into: unknown
  readonly residents: readonly Resident<unknown>[]
  /** The structure of `into`, cells in place of leaves. */
  readonly cells: unknown
  readonly holdsNumber: boolean
  /** What the program does not write itself. */
  readonly copies: readonly { readonly cell: Cell; readonly leaf: unknown }[]
}

/** Stands in a result for what was given as `into`. */
export class Delivered extends StructureLeaf {
  readonly delivery: Delivery

  constructor(delivery: Delivery) {
    super()
    this.delivery = delivery
  }
}

/** What a program gives, changes, and depends on. */
export interface Effects {
  /** What the function returned, with a `Cell` or `Delivered` at each leaf. */
  readonly result: unknown
  readonly cells: readonly Cell[]
  readonly deliveries: readonly Delivery[]
  /** The residents whose numbers are changed, and what changes them. */
  readonly changed: readonly ResidentNode[]
  readonly changedBy: string
  readonly conditions: readonly Condition[]
}

/** A condition: that the outcome of a comparison is what it was, or a value that was read. */
export type Condition = Pick<Guard, 'read'>

export class Program {
  readonly #engine: Engine
  readonly #signature: Signature
  /** Where its memory is, and how many bytes of it there are. */
  readonly block: number
  readonly bytes: number
  /** The instructions that run each time, and where they end. */
  readonly execution: Execution
  readonly #to: number
  /** Where each of the signature's numbers goes, counted in numbers. */
  readonly #numbersAt: Int32Array
  readonly #tensors: { readonly leaf: PlainLeaf; readonly address: number }[] = []
  readonly #residentNumbers: ResidentNumber[] = []
  readonly #residents: readonly ResidentInput[]
  /** What it changes and gives. */
  readonly effects: Effects
  readonly #result: unknown
  /** The conditions, by the address of their instruction. */
  readonly #conditions = new Map<number, Condition>()

  constructor(graph: Graph, plan: Plan, signature: Signature, effects: Effects, generate: Generate) {
    this.#engine = engine()
    this.#signature = signature
    const encoding = new Encoding(graph, plan, this.#engine.memory)
    this.block = encoding.block
    this.bytes = encoding.bytes
    this.#to = encoding.to
    this.effects = effects
    for (const cell of effects.cells) cell.address = encoding.data(cell.node)
    this.#result = withRows(effects.result)
    const patchesOf = (node: ResidentNode): Patch[] =>
      encoding.patches.filter(({ input }) => (signature.leaves[input] as ResidentLeafAt).node === node)
    this.#residents = signature.residents.map(node => ({ node, patches: patchesOf(node), id: -1 }))
    const numbersAt: number[] = []
    for (const [i, leaf] of signature.leaves.entries()) {
      const id = graph.constants + i
      const isNumber = leaf.shape.length === 0
      if (leaf instanceof NumberLeaf) numbersAt[leaf.place] = encoding.data(id) / 8
      else if (leaf instanceof PlainLeaf) this.#tensors.push({ leaf, address: encoding.data(id) })
      else if (isNumber) {
        const change = plan.changed.get(id)
        const changed = change === undefined ? -1 : encoding.data(change) / 8
        this.#residentNumbers.push({ leaf, at: encoding.data(id) / 8, changed })
      }
    }
    this.#numbersAt = Int32Array.from(numbersAt)
    plan.guards.forEach((node, i) => {
      if (node >= 0) this.#conditions.set(encoding.slot(node), effects.conditions[i] as Condition)
    })
    try {
      this.#engine.exports.replay(encoding.prologue, encoding.from)
      const results = [...effects.cells.map(({ node }) => node), ...plan.changed.values()]
      this.execution = new Execution(this.#engine, encoding.layout(results), generate)
    } catch (error) {
      this.#engine.memory.free(this.block) // a worker was lost, or code could not be generated
      throw error
    }
  }

  /**
   * Runs with the leaves that the signature has noted. Gives undefined when done, or the condition that does not hold: then
   * nothing of the caller's has changed.
   */
  run(): Condition | undefined {
    this.#load()
    const stop = this.execution.run()
    return stop === this.#to ? undefined : this.#conditions.get(stop)
  }

  /** Is its result one number, and nothing written but parameters? So that it may run for value after value. */
  get givesNumber(): boolean {
    return this.#result instanceof Cell && this.#result.shape.length === 0 && this.effects.deliveries.length === 0
  }

  /**
   * Runs for value after value of strided arguments, from number `from` up to, not including, `to`; the others are those that the
   * signature has noted. Writes what each run gives to `results`. Gives where it has stopped: before `to` where a condition does not
   * hold, and nothing has changed since then, or soon after the deadline.
   */
  runEach({ moving, numbers }: Course, from: number, to: number, results: Float64Array, deadline: number): number {
    const { memory } = this.#engine
    const result = (this.#result as Cell).address / 8
    let next = from
    try {
      for (; next < to; next++) {
        const { i32 } = memory
        for (const { input, pointer, stride } of moving) {
          for (const { at, offset } of input.patches) i32[at] = pointer + next * stride + offset
        }
        for (const { at, place, step } of numbers) memory.f64[at] = memory.f64[place + next * step] as number
        if (this.execution.run() !== this.#to) break
        const { f64 } = memory
        for (const { changed, place, step } of numbers) {
          if (changed >= 0) f64[place + next * step] = f64[changed] as number
        }
        results[next] = f64[result] as number
        if ((next - from) % RUNS_TO_A_LOOK === RUNS_TO_A_LOOK - 1 && performance.now() >= deadline) return ++next
      }
    } finally {
      for (const { input } of moving) input.id = -1
      if (next > from) for (const node of this.effects.changed) (node.given as Resident<unknown>).version++
    }
    return next
  }

  /** What `runEach` does for each value, with the arguments that the signature has noted. */
  course(strided: readonly Strided[]): Course {
    this.#load()
    const moving = this.#residents.flatMap(input => {
      const row = strided.find(({ resident }) => resident === input.node.given)
      return row === undefined ? [] : [{ input, pointer: row.pointer, stride: row.stride }]
    })
    const numbers = this.#residentNumbers.map(({ leaf, at, changed }) => {
      const row = moving.find(({ input }) => input.node === leaf.node)
      return { at, changed, place: (row?.pointer ?? pointerOf(leaf)) / 8, step: (row?.stride ?? 0) / 8 }
    })
    return { moving, numbers }
  }

  /** Writes the arguments to where the program reads them. */
  #load(): void {
    const { memory } = this.#engine
    const { f64, i32 } = memory
    const numbersAt = this.#numbersAt
    const { given } = this.#signature.numbers
    for (let i = 0; i < numbersAt.length; i++) f64[numbersAt[i] as number] = given[i] as number
    for (const { leaf, address } of this.#tensors) memory.write(address, (leaf.given as PlainTensor).data)
    for (const input of this.#residents) {
      const { node, patches, id } = input
      const resident = node.given as Resident<unknown>
      if (resident.id === id) continue
      for (const { input: leaf, at, offset } of patches) {
        i32[at] = (resident.flat[leaf - node.first] as ResidentLeaf).pointer + offset
      }
      input.id = resident.id
    }
    for (const { leaf, at } of this.#residentNumbers) f64[at] = f64[pointerOf(leaf) / 8] as number
  }

  /** What the program has computed, and what else it changes, after a run. */
  finish(): unknown {
    const { f64 } = this.#engine.memory
    const { deliveries, changed: nodes } = this.effects
    for (const node of nodes) (node.given as Resident<unknown>).version++
    for (const { leaf, changed } of this.#residentNumbers) {
      if (changed >= 0) f64[pointerOf(leaf) / 8] = f64[changed] as number
    }
    for (const delivery of deliveries) this.#deliver(delivery)
    const result = this.#result
    return result instanceof Cell ? this.#valueOf(result) : mapLeaves(result, '', this.#visit)
  }

  readonly #visit = (leaf: unknown): unknown => {
    if (leaf instanceof Cell) return this.#valueOf(leaf)
    if (leaf instanceof Row) return this.#numbersOf(leaf)
    const { into, cells, holdsNumber } = (leaf as Delivered).delivery
    return holdsNumber ? withNumbers(into, cells, cell => this.#valueOf(cell as Cell) as number) : into
  }

  #valueOf({ address, shape, dtype }: Cell): number | PlainTensor {
    const { memory } = this.#engine
    if (shape.length === 0) return memory.f64[address / 8] as number
    return tensorOf(memory.read(address, countOf(shape), dtype), shape)
  }

  #numbersOf({ at }: Row): number[] {
    const { f64 } = this.#engine.memory
    const numbers = new Array<number>(at.length)
    for (let i = 0; i < at.length; i++) numbers[i] = f64[at[i] as number] as number
    return numbers
  }

  #deliver({ residents, copies }: Delivery): void {
    for (const resident of residents) resident.version++
    const { memory } = this.#engine
    const { f64 } = memory
    for (const { cell, leaf } of copies) {
      const { address, shape, dtype } = cell
      if (leaf instanceof ResidentLeaf) f64[leaf.pointer / 8] = f64[address / 8] as number
      else (leaf as PlainTensor).data.set(memory.view(address, countOf(shape), dtype))
    }
  }
}

function pointerOf({ node, index }: ResidentLeafAt): number {
  return ((node.given as Resident<unknown>).flat[index] as ResidentLeaf).pointer
}
