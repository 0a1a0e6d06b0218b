/**
 * From a simplified graph to a plan: which instructions run in which order, and where each tensor lies. Nothing here knows
 * an op by name, beyond addition, which is done in the kernel of a product where it can be.
 *
 * 1. Conditions, copies of results, and updates become nodes of their own, each behind the node that it must follow.
 * 2. What depends on constants only is run once, when the program is made (*prologue*).
 * 3. `Add(x, product)` becomes an accumulation into x where x is not needed any more, or a bias.
 * 4. What is assigned to residents is computed where it will be, if nothing needs the old value any more; where it is the
 *    old value and something more, only that is added (*step*). Otherwise it is copied in the end.
 * 5. Buffers are given by one pass in the order of execution; one is free after its last reader.
 */
import { FLAGS, FLAG_MIXED, FLAG_TRANSPOSE_A } from '../../assembly/shared/layout.ts'
import { Opcode } from '../../assembly/shared/opcodes.ts'
import {
  GUARD,
  GUARD_HOLDS,
  Mode,
  type Relation,
  TRAIT_ACCUMULATES,
  TRAIT_ACCUMULATES_SCALED,
  TRAIT_ADDS_EXACTLY,
  TRAIT_IN_PLACE,
  TRAIT_OFFSET,
  TRAIT_OVERWRITES_A,
  TRAIT_OVERWRITES_B,
} from '../../assembly/shared/program.ts'
import { Room } from './room.ts'
import { type Graph, traitsOf } from './graph.ts'

const MIXED = FLAG_MIXED << (8 * FLAGS)

/** A condition: a compared with b must have the outcome `holds`. */
export interface GuardNode {
  readonly relation: Relation
  readonly a: number
  readonly b: number
  readonly holds: boolean
}

/** A node whose value is wanted in the end; in the buffer at `address`, unless that is 0. */
export interface OutputNode {
  readonly node: number
  readonly address: number
}

/** target := value, the target being an input that is resident. */
export interface AssignmentNode {
  readonly target: number
  readonly value: number
}

/** target := target + term, or, with a factor, target + factor · term; the factor may be subtracted. */
interface Step {
  readonly target: number
  readonly term: number
  readonly factor: number
  readonly subtracts: boolean
}

export interface Wanted {
  readonly outputs: readonly OutputNode[]
  readonly guards: readonly GuardNode[]
  readonly assignments: readonly AssignmentNode[]
  /** Is the input resident, its buffer the caller's? */
  readonly isResident: (input: number) => boolean
}

/** Where a tensor lies. */
export enum Storage {
  /** In the program's own memory, `start` bytes behind its beginning. */
  Own,
  /** Where resident parameters are: `home` is the input. */
  Resident,
  /** At the address `start`. */
  Given,
}

/** A byte for each node, that holds an enum. */
interface Bytes<E extends number> {
  [id: number]: E
}

/** The first of the enum for each of n nodes. */
function bytesOf<E extends number>(n: number): Bytes<E> {
  return new Uint8Array(n) as unknown as Bytes<E>
}

const NEVER = -1
const NONE = -1
const AT_THE_END = 2 ** 31 - 1

/** When a node runs, on a scale that has a place for its followers behind it. */
function instant(id: number): number {
  return 2 * id
}

export class Plan {
  readonly graph: Graph
  /** What runs once, and what runs each time: nodes in order. */
  readonly prologue: number[] = []
  readonly main: Int32Array
  /** The nodes of the outputs, in order. */
  readonly outputs: number[]
  /** The nodes of the guards, in order; −1 for one that nothing can break. */
  readonly guards: number[] = []
  /** By input that is a number and is assigned to: the node that holds its new value. */
  readonly changed = new Map<number, number>()
  /** How many bytes of its own the program needs for tensors. */
  bytes = 0
  /** By node: what its instruction does with op(a, b). */
  readonly mode: Bytes<Mode>
  /** By node that is a tensor and no view: the node whose buffer it lies in. */
  readonly #home: Int32Array
  /** By home: which kind of place it has, where that is, and the last instruction that reads it. */
  readonly #storage: Bytes<Storage>
  readonly #start: Float64Array
  readonly #last: Int32Array
  /** What depends on constants only. */
  readonly #fixed: Uint8Array
  /** How many nodes read a node, results included. */
  readonly #readers: Int32Array
  /** What is done by another node's instruction. */
  readonly #absorbed: Uint8Array
  /** What an instruction adds to; −1 for most. */
  readonly #target: Int32Array
  /** The node that the buffer of a computed one begins with: a constant, where the first parts put together are constants. */
  readonly #begun: Int32Array
  /** Nodes that run right behind another one. */
  readonly #followers = new Map<number, number[]>()
  /** The last node of which a guard depends; nothing of the caller's is written before it. */
  #lastGuard = NEVER
  /** What guards depend on: computed exactly as recorded. */
  readonly #watched: Uint8Array
  /** By node: the caller's buffer that it is computed in. */
  readonly #given = new Map<number, number>()
  /** By node: the resident input in whose buffer it is computed. */
  readonly #inPlace = new Map<number, number>()

  constructor(graph: Graph, wanted: Wanted) {
    this.graph = graph
    const { recorded } = graph
    // Each guard becomes a node, each output one more at most, each assignment three.
    const n = recorded + wanted.guards.length + wanted.outputs.length + 3 * wanted.assignments.length
    this.mode = bytesOf(n)
    this.#home = new Int32Array(n).fill(-1)
    this.#storage = bytesOf(n)
    this.#start = new Float64Array(n)
    this.#last = new Int32Array(n).fill(NEVER)
    this.#fixed = new Uint8Array(n)
    this.#readers = new Int32Array(n)
    this.#absorbed = new Uint8Array(n)
    this.#target = new Int32Array(n).fill(-1)
    this.#begun = new Int32Array(n)
    this.#watched = new Uint8Array(n)
    this.#findFixed()
    this.#countReaders(wanted)
    this.#watch(wanted.guards)
    this.#addInProducts()
    for (const guard of wanted.guards) this.#placeGuard(guard)
    this.outputs = wanted.outputs.map(output => this.#placeOutput(output, wanted))
    this.#placeAssignments(wanted)
    this.main = this.#order()
    this.#allocate(wanted)
  }

  // Which nodes

  #findFixed(): void {
    const { graph } = this
    const changed = new Uint8Array(graph.length)
    for (let id = graph.constants; id < graph.length; id++) {
      if (graph.live[id] === 1 && this.#has(id, TRAIT_IN_PLACE)) changed[graph.a[id] as number] = changed[id] = 1
    }
    for (let id = 0; id < graph.length; id++) {
      if (id < graph.constants) this.#fixed[id] = 1
      else if (graph.live[id] === 1 && graph.isComputed(id) && changed[id] === 0) {
        this.#fixed[id] = 1
        this.#forOperands(id, operand => {
          if (this.#fixed[operand] === 0) this.#fixed[id] = 0
        })
      }
    }
  }

  #countReaders({ outputs, guards, assignments }: Wanted): void {
    const { graph } = this
    const readers = this.#readers
    const count = (id: number): void => {
      readers[id] = (readers[id] as number) + 1
    }
    for (let id = graph.constants; id < graph.length; id++) if (graph.live[id] === 1) this.#forOperands(id, count)
    for (const { node } of outputs) count(node)
    for (const { a, b } of guards) [a, b].forEach(count)
    for (const { value } of assignments) count(value)
  }

  #watch(guards: readonly GuardNode[]): void {
    const { graph } = this
    for (const { a, b } of guards) {
      this.#watched[a] = this.#watched[b] = 1
      this.#lastGuard = Math.max(this.#lastGuard, a, b)
    }
    for (let id = this.#lastGuard; id >= graph.constants; id--) {
      if (this.#watched[id] === 0) continue
      this.#forOperands(id, operand => {
        this.#watched[operand] = 1
      })
    }
  }

  /** Is it an instruction that runs each time? */
  #runs(id: number): boolean {
    const { graph } = this
    if (graph.live[id] === 0 || this.#fixed[id] === 1 || this.#absorbed[id] === 1) return false
    return graph.isComputed(id) && !graph.isView(id)
  }

  #has(id: number, trait: number): boolean {
    return (traitsOf(this.graph.word[id] as number) & trait) !== 0
  }

  /** The operands of a node, the target of an accumulation included. */
  #forOperands(id: number, visit: (operand: number) => void): void {
    const { graph } = this
    const operands = graph.operandsOf(id)
    if (operands > 0) visit(graph.a[id] as number)
    if (operands > 1) visit(graph.b[id] as number)
    const target = this.#target[id] as number
    if (target >= 0) visit(target)
    else if (operands > 2) visit(graph.c[id] as number)
  }

  // Additions

  /** Adds in the kernel of a product, where a sum's other term allows it. */
  #addInProducts(): void {
    const { graph } = this
    for (let id = 0; id < graph.length; id++) {
      const word = graph.word[id] as number
      if ((word & 0xff) === (Opcode.Add as number) && this.#runs(id) && graph.isTensor(id)) {
        const [x, y] = [graph.a[id] as number, graph.b[id] as number]
        if (!this.#addInto(id, x, y)) this.#addInto(id, y, x)
      }
      const before = this.#adds(id)
      this.#begun[id] = before < 0 ? id : (this.#begun[before] as number)
    }
  }

  /** Makes sum = rest + product one instruction, if it can be. */
  #addInto(sum: number, rest: number, product: number): boolean {
    const { graph } = this
    const word = graph.word[product] as number
    if (!this.#isSingle(product) || !this.#has(product, TRAIT_ACCUMULATES)) return false
    if (this.mode[product] !== Mode.Plain || !graph.isTensor(rest)) return false
    const n = graph.countOf(sum)
    if (graph.countOf(product) !== n || graph.countOf(rest) !== n) return false
    const isMatVec = (word & 0xff) === (Opcode.MatVec as number)
    const exact = isMatVec ? (word & (FLAG_TRANSPOSE_A << (8 * FLAGS))) === 0 : this.#has(product, TRAIT_ADDS_EXACTLY)
    if (this.#watched[sum] === 1 && !exact) return false
    if (!isMatVec && !(this.#isSingle(rest) && this.#runs(this.#begun[rest] as number))) return false
    graph.word[sum] = word
    graph.a[sum] = graph.a[product] as number
    graph.b[sum] = graph.b[product] as number
    this.#target[sum] = rest
    this.mode[sum] = isMatVec ? Mode.Biased : Mode.Accumulate
    this.#absorbed[product] = 1
    return true
  }

  /** Is it computed each time, in a buffer that has one reader only? */
  #isSingle(id: number): boolean {
    return this.#runs(id) && this.graph.isTensor(id) && this.#readers[id] === 1
  }

  // Guards, outputs, assignments

  #follow(after: number, node: number): void {
    const list = this.#followers.get(after)
    if (list === undefined) this.#followers.set(after, [node])
    else list.push(node)
  }

  #placeGuard({ relation, a, b, holds }: GuardNode): void {
    if (this.#fixed[a] === 1 && this.#fixed[b] === 1) {
      this.guards.push(-1)
      return
    }
    const { graph } = this
    const attribute = relation | (holds ? GUARD_HOLDS : 0)
    const node = graph.append(GUARD | MIXED | (attribute << 24), a, b, b, a)
    this.#follow(Math.max(a, b), node)
    this.guards.push(node)
  }

  /** The node that holds an output in the end: itself, or a copy of it. */
  #placeOutput({ node, address }: OutputNode, wanted: Wanted): number {
    const { graph } = this
    if (!graph.isTensor(node)) return node
    const { home } = this.#viewed(node)
    if (address === 0 && !(this.#isInput(home) && wanted.isResident(home))) return node
    if (address !== 0 && this.#giveBuffer(node, address)) return node
    const copy = this.#copy(node)
    if (address !== 0) this.#given.set(copy, address)
    return copy
  }

  /** A node that holds a copy of a tensor. */
  #copy(node: number): number {
    const copy = this.graph.append(Opcode.Identity | this.graph.valueFlags(node), node, node, node, node)
    this.#follow(Math.max(node, this.#lastGuard), copy)
    return copy
  }

  #isInput(id: number): boolean {
    return id >= this.graph.constants && !this.graph.isComputed(id)
  }

  /** Lets a node, and all that it adds to, be computed in the caller's buffer; false where that is not possible. */
  #giveBuffer(node: number, address: number): boolean {
    const chain: number[] = []
    for (let id = node; id >= 0; id = this.#adds(id)) {
      if (!this.#runs(id) || id <= this.#lastGuard || this.#given.has(id)) return false
      chain.push(id)
    }
    for (const id of chain) this.#given.set(id, address)
    return true
  }

  /** The node whose buffer this one must go on working in; −1 for none. */
  #adds(id: number): number {
    const mode = this.mode[id] as Mode
    if (mode === Mode.Accumulate || mode === Mode.Scaled) return this.#target[id] as number
    return this.#has(id, TRAIT_IN_PLACE) ? (this.graph.a[id] as number) : -1
  }

  /** The node that is no view behind a view, and how many bytes from its beginning the view starts. */
  #viewed(id: number): { home: number; offset: number } {
    const { graph } = this
    let offset = 0
    let home = id
    while (graph.isView(home)) {
      if (this.#has(home, TRAIT_OFFSET)) offset += graph.elementBytes(home) * (graph.c[home] as number)
      home = graph.a[home] as number
    }
    return { home, offset }
  }

  /** Changes residents behind everything that reads their old values, in the end or, where that is the end, in place. */
  #placeAssignments({ assignments, outputs }: Wanted): void {
    const { graph } = this
    const targets = new Set(assignments.map(({ target }) => target))
    const steps: Step[] = []
    const others: AssignmentNode[] = []
    for (const { target, value } of assignments) {
      if (value === target) continue
      const step = graph.isTensor(target) ? this.#stepOf(target, value) : undefined
      if (!graph.isTensor(target)) this.changed.set(target, value)
      else if (step === undefined) others.push({ target, value })
      else steps.push(step)
    }
    /** A value that is the old one of a target, or a part of it, is copied before that changes. */
    const apart = new Map<number, number>()
    for (const value of [...steps.map(({ term }) => term), ...others.map(({ value }) => value)]) {
      if (targets.has(this.#viewed(value).home) && !apart.has(value)) apart.set(value, this.#copy(value))
    }
    const lastReader = this.#lastReaders(targets)
    const results = new Set(outputs.map(({ node }) => this.#viewed(node).home))
    const copied = others.filter(({ target, value }) => {
      return results.has(value) || !this.#computeInPlace(target, value, lastReader.get(target) ?? NEVER)
    })
    this.#placeSteps(steps, targets, apart, lastReader)
    for (const { target, value } of copied) {
      const from = apart.get(value) ?? value
      const copy = graph.append(Opcode.Identity | graph.valueFlags(from), from, from, from, target)
      this.#inPlace.set(copy, target)
      this.#followAll(copy, [value], lastReader.get(target))
    }
  }

  /** The assignment as a step, if the value is the target and a term that nothing else needs. */
  #stepOf(target: number, value: number): Step | undefined {
    const { graph } = this
    const opcode = (graph.word[value] as number) & 0xff
    const adds = opcode === (Opcode.Add as number)
    if (!this.#isSingle(value) || this.mode[value] !== Mode.Plain) return undefined
    if (!adds && opcode !== (Opcode.Sub as number)) return undefined
    const [a, b] = [graph.a[value] as number, graph.b[value] as number]
    const sum = a === target ? b : adds && b === target ? a : NONE
    if (sum < 0 || !this.#isSingle(sum) || this.mode[sum] !== Mode.Plain) return undefined
    const [x, y] = [graph.a[sum] as number, graph.b[sum] as number]
    const isProduct = ((graph.word[sum] as number) & 0xff) === (Opcode.Mul as number)
    const factor = !isProduct ? NONE : !graph.isTensor(y) ? y : !graph.isTensor(x) ? x : NONE
    if (factor < 0 && !(adds && this.#has(sum, TRAIT_ACCUMULATES))) return undefined
    this.#absorbed[value] = 1
    if (factor < 0) return { target, term: sum, factor, subtracts: false }
    this.#absorbed[sum] = 1
    return { target, term: factor === y ? x : y, factor, subtracts: !adds }
  }

  /**
   * Lets a value, and all that it adds to, be computed in the target's buffer: where nothing of the caller's depends on the
   * outcome of a guard any more, and nothing reads the old value later, `lastReader` being the last that does.
   */
  #computeInPlace(target: number, value: number, lastReader: number): boolean {
    let first = value
    for (let id = value; id >= 0; id = this.#adds(id)) {
      if (!this.#runs(id) || id <= this.#lastGuard || this.#given.has(id) || this.#inPlace.has(id)) return false
      first = id
    }
    const isLast = lastReader < instant(first) || (lastReader === instant(first) && this.#mayReplace(first, target))
    if (isLast) this.#inPlace.set(first, target)
    return isLast
  }

  /** Does the instruction read an input only where it may write its result over it? */
  #mayReplace(id: number, input: number): boolean {
    const { graph } = this
    const [a, b] = [graph.a[id] as number, graph.b[id] as number]
    const reads = (operand: number): boolean => this.#viewed(operand).home === input
    if (this.mode[id] === Mode.Biased) return this.#target[id] === input && !reads(a) && !reads(b)
    if (this.mode[id] !== Mode.Plain) return false
    const byA = !reads(a) || (a === input && this.#has(id, TRAIT_OVERWRITES_A))
    const byB = !reads(b) || b === a || (b === input && this.#has(id, TRAIT_OVERWRITES_B))
    // The loop of a choice reads all three before it writes; that of any other op of three may read the third again.
    const isChoice = ((graph.word[id] as number) & 0xff) === (Opcode.Where as number)
    const byC = graph.operandsOf(id) < 3 || isChoice || !reads(graph.c[id] as number)
    return byA && byB && byC
  }

  /**
   * Adds the terms. One that is a product of its own goes into the target directly; unless the product reads a target for
   * which that has been decided already, or which is changed in place: it is to be read before.
   */
  #placeSteps(
    steps: readonly Step[],
    targets: ReadonlySet<number>,
    apart: ReadonlyMap<number, number>,
    lastReader: Map<number, number>,
  ): void {
    const { graph } = this
    const changed = new Set(this.#inPlace.values())
    const negated = new Map<number, number>()
    const place = ({ target, term, factor, subtracts }: Step, word: number, a: number, b: number): number => {
      const c = factor < 0 ? b : subtracts ? this.#negative(factor, negated) : factor
      const node = graph.append(word, a, b, c, target)
      this.mode[node] = factor < 0 ? Mode.Accumulate : Mode.Scaled
      this.#target[node] = target
      return this.#followAll(node, [term, factor], lastReader.get(target))
    }
    const bySize = [...steps].sort((p, q) => graph.countOf(q.target) - graph.countOf(p.target))
    const rest = bySize.filter(step => {
      const { target, term, factor } = step
      if (!this.#canAdd(term, factor >= 0)) return true
      const reads: number[] = []
      this.#forOperands(term, operand => {
        const { home } = this.#viewed(operand)
        if (targets.has(home)) reads.push(home)
      })
      if (reads.some(read => read === target || changed.has(read))) return true
      changed.add(target)
      this.#absorbed[term] = 1
      const { word, a, b } = graph
      const at = place(step, word[term] as number, a[term] as number, b[term] as number)
      for (const read of reads) lastReader.set(read, Math.max(lastReader.get(read) ?? NEVER, instant(at)))
      return false
    })
    for (const step of rest) {
      const from = apart.get(step.term) ?? step.term
      place(step, Opcode.Identity | graph.valueFlags(from), from, from)
    }
  }

  /** The node of −x. */
  #negative(x: number, known: Map<number, number>): number {
    let node = known.get(x)
    if (node === undefined) {
      node = this.graph.append(Opcode.Neg, x, x, x, x)
      known.set(x, node)
      this.#follow(x, node)
    }
    return node
  }

  /** Lets a node run behind its operands, all guards, and the last reader of what it changes. Gives what it follows. */
  #followAll(node: number, operands: readonly number[], lastReader = NEVER): number {
    const at = Math.max(...operands, this.#lastGuard, lastReader >> 1)
    this.#follow(at, node)
    return at
  }

  /** What an accumulation, or a product with a bias, adds to. */
  targetOf(id: number): number {
    return this.#target[id] as number
  }

  /** Can the term be added, times a factor if it is scaled, by the kernel that computes it? */
  #canAdd(term: number, scaled: boolean): boolean {
    if (!this.#isSingle(term) || this.mode[term] !== Mode.Plain) return false
    return this.#has(term, scaled ? TRAIT_ACCUMULATES_SCALED : TRAIT_ACCUMULATES)
  }

  /** When each of these inputs is read for the last time, by copies of results as well. */
  #lastReaders(inputs: ReadonlySet<number>): Map<number, number> {
    const { graph } = this
    const last = new Map<number, number>()
    const note = (id: number, at: number): void => {
      const { home } = this.#viewed(id)
      if (inputs.has(home)) last.set(home, Math.max(last.get(home) ?? NEVER, at))
    }
    for (let id = graph.constants; id < graph.recorded; id++) {
      if (this.#runs(id))
        this.#forOperands(id, operand => {
          note(operand, instant(id))
        })
    }
    for (const [after, nodes] of this.#followers) {
      for (const node of nodes) {
        this.#forOperands(node, operand => {
          note(operand, instant(after) + 1)
        })
      }
    }
    return last
  }

  // Order

  /** What runs each time; gathers what runs once. */
  #order(): Int32Array {
    const { graph } = this
    const main = new Int32Array(graph.length)
    let count = 0
    for (let id = 0; id < graph.recorded; id++) {
      if (this.#runs(id)) main[count++] = id
      else if (graph.live[id] === 1 && this.#fixed[id] === 1 && graph.isComputed(id) && !graph.isView(id)) {
        this.prologue.push(id)
      }
      const followers = this.#followers.get(id)
      if (followers !== undefined) for (const node of followers) main[count++] = node
    }
    return main.subarray(0, count)
  }

  // Buffers

  /** Where a tensor lies: in whose buffer, and how many bytes behind its beginning. */
  place(id: number): { storage: Storage; start: number; home: number } {
    const { home, offset } = this.#viewed(id)
    const root = this.#home[home] as number
    return { storage: this.#storage[root] as Storage, start: (this.#start[root] as number) + offset, home: root }
  }

  /** The node whose buffer a tensor lies in. */
  #homeOf(id: number): number {
    return this.#home[this.#viewed(id).home] as number
  }

  #allocate({ isResident }: Wanted): void {
    const { graph } = this
    const room = new Room()
    const keep = (id: number): void => {
      this.#home[id] = id
      this.#last[id] = AT_THE_END
      this.#start[id] = room.take(graph.bytesOf(id))
    }
    for (let id = 0; id < graph.constants + graph.inputs; id++) {
      if (!graph.isTensor(id) || (graph.live[id] === 0 && !this.#isInput(id))) continue
      if (this.#isInput(id) && isResident(id)) {
        this.#home[id] = id
        this.#storage[id] = Storage.Resident
      } else keep(id)
    }
    for (const id of this.prologue) if (graph.isTensor(id)) keep(id)
    const lastRead = this.#lastReads()
    for (let i = 0; i < this.main.length; i++) {
      const id = this.main[i] as number
      if (graph.isTensor(id)) {
        let home = this.#homeFor(id, i)
        if (home < 0) {
          home = id
          const address = this.#given.get(id)
          if (address !== undefined) {
            this.#storage[id] = Storage.Given
            this.#start[id] = address
          } else this.#start[id] = room.take(graph.bytesOf(id))
        }
        this.#home[id] = home
        this.#last[home] = Math.max(this.#last[home] as number, lastRead[id] as number, i)
      }
      const release = (operand: number): void => {
        if (!graph.isTensor(operand)) return
        const home = this.#homeOf(operand)
        if (this.#last[home] !== i || this.#storage[home] !== Storage.Own) return
        this.#last[home] = NEVER
        room.give(this.#start[home] as number, graph.bytesOf(home))
      }
      this.#forOperands(id, release)
      if (graph.isTensor(id)) release(id)
    }
    this.bytes = room.bytes
  }

  /** By node that is no view: the last instruction that reads it. */
  #lastReads(): Int32Array {
    const { graph } = this
    const last = new Int32Array(graph.length).fill(NEVER)
    for (let i = 0; i < this.main.length; i++) {
      this.#forOperands(this.main[i] as number, operand => {
        last[this.#viewed(operand).home] = i
      })
    }
    for (const id of this.outputs) last[this.#viewed(id).home] = AT_THE_END
    return last
  }

  /** The home of a result that is computed in a buffer that is there already; −1 if it needs one of its own. */
  #homeFor(id: number, i: number): number {
    const { graph } = this
    const target = this.#inPlace.get(id)
    if (target !== undefined) return target
    const adds = this.#adds(id)
    if (adds >= 0) return this.#homeOf(adds)
    if (this.#given.has(id)) return -1
    const mode = this.mode[id] as Mode
    const a = graph.a[id] as number
    const b = graph.b[id] as number
    if (mode === Mode.Biased) {
      const bias = this.#target[id] as number
      return this.#mayOverwrite(id, bias, i) && ![a, b].some(other => this.#shares(other, bias))
        ? this.#homeOf(bias)
        : -1
    }
    const first = this.#has(id, TRAIT_OVERWRITES_A) && this.#mayOverwrite(id, a, i)
    if (first && (b === a || !this.#shares(b, a))) return this.#homeOf(a)
    const second = graph.operandsOf(id) > 1 && this.#has(id, TRAIT_OVERWRITES_B) && this.#mayOverwrite(id, b, i)
    return second && !this.#shares(a, b) ? this.#homeOf(b) : -1
  }

  /** Is an operand's buffer the program's own, as large as the result, and read here for the last time? */
  #mayOverwrite(id: number, operand: number, i: number): boolean {
    const { graph } = this
    if (!graph.isTensor(operand) || graph.isView(operand) || graph.bytesOf(operand) !== graph.bytesOf(id)) return false
    const home = this.#homeOf(operand)
    return this.#last[home] === i && this.#storage[home] === Storage.Own
  }

  /** Do two operands lie in one buffer? */
  #shares(a: number, b: number): boolean {
    return this.graph.isTensor(a) && this.graph.isTensor(b) && this.#homeOf(a) === this.#homeOf(b)
  }
}
