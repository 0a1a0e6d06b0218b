/** A plan written into linear memory: a block with the slots of its nodes, and behind them the buffers. */
import { COLS, OPERAND_A, OPERAND_B, OPERAND_C, ROWS, SLOT_BYTES, STATE, VALUE } from '../../assembly/shared/layout.ts'
import { Mode, TRAIT_OFFSET } from '../../assembly/shared/program.ts'
import { type LinearMemory, padded } from '../wasm/memory.ts'
import type { Layout } from './generate/slots.ts'
import { traitsOf } from '../traits.ts'
import type { Graph } from './graph.ts'
import { type Plan, Storage } from './plan.ts'

/** A pointer in a slot, counted in 32-bit integers: the address of an input's elements and `offset` bytes more. */
export interface Patch {
  readonly input: number
  readonly at: number
  readonly offset: number
}

export class Encoding {
  readonly #graph: Graph
  readonly #plan: Plan
  readonly #memory: LinearMemory
  /** The number of a node's slot; −1. */
  readonly #slots: Int32Array
  /** Where the block is, and where the buffers begin. */
  readonly block: number
  readonly #buffers: number
  readonly bytes: number
  /** Where the slots of constants end, which are the first. */
  readonly constantsEnd: number
  /** Where the instructions are that run once, and behind them those that run each time. */
  readonly prologue: number
  readonly from: number
  readonly to: number
  /** What must be written when an input that is resident is another one. */
  readonly patches: Patch[] = []

  /** Allocates the block and fills it. */
  constructor(graph: Graph, plan: Plan, memory: LinearMemory) {
    this.#graph = graph
    this.#plan = plan
    this.#memory = memory
    const data = dataOf(graph)
    // Not put together: there may be millions.
    const lists = [data, plan.prologue, plan.main]
    this.#slots = new Int32Array(graph.length).fill(-1)
    let count = 0
    for (const list of lists) for (const id of list) this.#slots[id] = count++
    const slotBytes = padded(count * SLOT_BYTES)
    this.bytes = slotBytes + plan.bytes
    this.block = memory.allocate(this.bytes)
    this.#buffers = this.block + slotBytes
    this.constantsEnd = this.block + data.filter(id => id < graph.constants).length * SLOT_BYTES
    this.to = this.block + count * SLOT_BYTES
    this.from = this.to - plan.main.length * SLOT_BYTES
    this.prologue = this.from - plan.prologue.length * SLOT_BYTES
    for (const list of lists) for (const id of list) this.#write(id)
  }

  /** The address of a node's slot. */
  slot(id: number): number {
    return this.block + (this.#slots[id] as number) * SLOT_BYTES
  }

  /** The address of a node's number, or of its elements; of those of resident inputs only where they are now. */
  data(id: number): number {
    if (!this.#graph.isTensor(id)) return this.slot(id) + VALUE
    const { storage, start } = this.#plan.place(id)
    return storage === Storage.Own ? this.#buffers + start : start
  }

  /** What a generator of code must know, `results` being the nodes that are read after a run. */
  layout(results: readonly number[]): Layout {
    const { block, constantsEnd, prologue, from, to } = this
    const moving = new Map(this.patches.map(({ input, at, offset }) => [4 * at - VALUE, { input, start: offset }]))
    const slots = results.map(id => this.slot(id))
    return { block, constantsEnd, prologue, from, to, end: block + this.bytes, moving, results: slots }
  }

  #write(id: number): void {
    const graph = this.#graph
    const { i32, f64 } = this.#memory
    const at = this.slot(id) / 4
    const mode = this.#plan.mode[id] as Mode
    i32[at] = (graph.word[id] as number) | (mode << (8 * STATE))
    if (graph.isComputed(id)) {
      i32[at + OPERAND_A / 4] = this.slot(graph.a[id] as number)
      i32[at + OPERAND_B / 4] = this.slot(graph.b[id] as number)
      i32[at + OPERAND_C / 4] = this.#operandC(id, mode)
    }
    if (graph.isTensor(id)) this.#writeTensor(id, at)
    else if (id < graph.constants) f64[(at + VALUE / 4) / 2] = graph.number[id] as number
  }

  #writeTensor(id: number, at: number): void {
    const graph = this.#graph
    const { i32, u8 } = this.#memory
    const { storage, start, home } = this.#plan.place(id)
    const pointer = this.data(id)
    i32[at + VALUE / 4] = pointer
    i32[at + ROWS / 4] = graph.rows[id] as number
    i32[at + COLS / 4] = graph.cols[id] as number
    if (storage === Storage.Resident) {
      this.patches.push({ input: home - graph.constants, at: at + VALUE / 4, offset: start })
    }
    if (id < graph.constants) {
      const from = graph.address[id] as number
      u8.copyWithin(pointer, from, from + graph.bytesOf(id))
    }
  }

  /** The third operand: an offset, a factor, what is added to, or what the op has. */
  #operandC(id: number, mode: Mode): number {
    const c = this.#graph.c[id] as number
    if (mode === Mode.Biased || mode === Mode.Accumulate) return this.slot(this.#plan.targetOf(id))
    return traitsOf(this.#graph.word[id] as number) & TRAIT_OFFSET && mode === Mode.Plain ? c : this.slot(c)
  }
}

/** The nodes that are no instructions but have a slot: constants, inputs, views. */
function dataOf(graph: Graph): number[] {
  const nodes: number[] = []
  for (let id = 0; id < graph.recorded; id++) {
    const isInput = id >= graph.constants && !graph.isComputed(id)
    if (isInput || (graph.live[id] === 1 && (id < graph.constants || graph.isView(id)))) nodes.push(id)
  }
  return nodes
}
