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

/** Where an input goes, counted in numbers. */
interface Input<L> {
  readonly leaf: L
  readonly at: number
}

/** A number of resident parameters, and where its new value is, counted in numbers; −1 if it does not change. */
interface ResidentNumber extends Input<ResidentLeafAt> {
  readonly changed: number
}

/** Resident parameters, with the handle that the program's pointers belong to. */
interface ResidentInput {
  readonly node: ResidentNode
  readonly patches: readonly Patch[]
  id: number
}

/** Rows one behind the other, for which a resident argument stands in turn. */
export interface Rows {
  readonly resident: Resident<unknown>
  /** Where the first is, and how many bytes a row takes. */
  readonly pointer: number
  readonly bytes: number
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
  /** Where its memory is, and how many bytes of it there are. */
  readonly block: number
  readonly bytes: number
  /** The instructions that run each time, and where they end. */
  readonly execution: Execution
  readonly #to: number
  readonly #numbers: Input<NumberLeaf>[] = []
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
    for (const [i, leaf] of signature.leaves.entries()) {
      const id = graph.constants + i
      const isNumber = leaf.shape.length === 0
      if (leaf instanceof NumberLeaf) this.#numbers.push({ leaf, at: encoding.data(id) / 8 })
      else if (leaf instanceof PlainLeaf) this.#tensors.push({ leaf, address: encoding.data(id) })
      else if (isNumber) {
        const change = plan.changed.get(id)
        const changed = change === undefined ? -1 : encoding.data(change) / 8
        this.#residentNumbers.push({ leaf, at: encoding.data(id) / 8, changed })
      }
    }
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

  /** Is its result one number, and nothing written but parameters? So that it may run for row after row. */
  get givesNumber(): boolean {
    return this.#result instanceof Cell && this.#result.shape.length === 0 && this.effects.deliveries.length === 0
  }

  /**
   * Runs for row after row: the residents that the signature has noted stand for each in turn. Writes what each gives to `results`. Gives
   * how many have run: fewer than `count` where a condition does not hold for the next, for which nothing has changed then.
   */
  runEach(rows: readonly Rows[], count: number, results: Float64Array): number {
    const { memory } = this.#engine
    const result = (this.#result as Cell).address / 8
    const moving = this.#residents.flatMap(input => {
      const row = rows.find(({ resident }) => resident === input.node.given)
      return row === undefined ? [] : [{ ...row, input }]
    })
    const rowOf = ({ node }: ResidentLeafAt): Rows | undefined => moving.find(({ input }) => input.node === node)
    const numbers = this.#residentNumbers.map(({ leaf, at, changed }) => {
      const { pointer, bytes } = rowOf(leaf) ?? { pointer: pointerOf(leaf), bytes: 0 }
      return { at, changed, from: pointer / 8, step: bytes / 8 }
    })
    this.#load()
    let done = 0
    try {
      for (; done < count; done++) {
        const { f64, i32 } = memory
        for (const { input, pointer, bytes } of moving) {
          for (const { at, offset } of input.patches) i32[at] = pointer + done * bytes + offset
        }
        for (const { at, from, step } of numbers) f64[at] = f64[from + done * step] as number
        if (this.execution.run() !== this.#to) break
        for (const { changed, from } of numbers) if (changed >= 0) f64[from] = f64[changed] as number
        results[done] = f64[result] as number
      }
    } finally {
      for (const { input } of moving) input.id = -1
      if (done > 0) for (const node of this.effects.changed) (node.given as Resident<unknown>).version++
    }
    return done
  }

  /** Writes the arguments to where the program reads them. */
  #load(): void {
    const { memory } = this.#engine
    const { f64, i32 } = memory
    for (const { leaf, at } of this.#numbers) f64[at] = leaf.given
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
