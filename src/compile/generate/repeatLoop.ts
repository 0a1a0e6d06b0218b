/**
 * Loops for repeats: a turn is written once. What it computes is on the stack or in locals, as in a function for numbers; what
 * the next few turns read is a local that moves on at the end of a turn; what is read elsewhere is stored. Addresses are a
 * number and an offset that grows or falls by one stride in each turn.
 */
import { VALUE } from '../../../assembly/shared/layout.ts'
import { Opcode } from '../../../assembly/shared/opcodes.ts'
import { Bytes, Code, I32, type ModuleWriter } from './binary.ts'
import { numbersRead, ScalarWriter } from './scalars.ts'
import type { Moving, Turn } from './turn.ts'

/** The local that counts the turns that are left. */
const LEFT = 0

export class RepeatWriter extends ScalarWriter<Turn> {
  /** What is done before the first turn. */
  readonly #head = new Bytes()
  /** By slot: how often it is read in a turn, and the local that holds it; −1 for none. */
  readonly #uses: Int32Array
  readonly #local: Int32Array
  /** By stride: the local that holds the offset; by resident tensor: the one that holds where it is. */
  readonly #offsets = new Map<number, number>()
  readonly #pointers = new Map<number, number>()
  /** By instruction: the locals that hold its values of the turns before, the last one first. */
  readonly #chains = new Map<number, readonly number[]>()
  #locals = LEFT + 1

  constructor(turn: Turn) {
    super(turn, new Bytes())
    this.#uses = new Int32Array(turn.slots)
    this.#local = new Int32Array(turn.slots).fill(-1)
  }

  /** Adds the function. It gives 0, or the address of the guard that it stopped at, if it has guards; otherwise nothing. */
  write(writer: ModuleWriter): { index: number; mayStop: boolean } {
    const { code, slots: turn } = this
    const head = this.#head
    const instructions = Array.from({ length: turn.period }, (_, instruction) => instruction)
    for (const instruction of instructions) this.#countUses(instruction)
    this.#findAddresses()
    const integers = this.#locals
    head.i32(turn.turns)
    head.indexed(Code.LocalSet, LEFT)
    this.#loadSources()
    code.loop(() => {
      for (const instruction of instructions) this.#writeInstruction(instruction)
      this.#moveOn()
      code.indexed(Code.LocalGet, LEFT)
      code.i32(1)
      code.byte(Code.I32Sub)
      code.indexed(Code.LocalTee, LEFT)
    })
    this.#storeLast()
    const mayStop = instructions.some(instruction => turn.isGuard(instruction))
    if (mayStop) code.i32(0)
    head.append(code)
    const locals = { integers, floats: this.#locals - integers, vectors: 0 }
    return { index: writer.add(mayStop ? [I32] : [], locals, head), mayStop }
  }

  #countUses(instruction: number): void {
    const { slots: turn } = this
    const [ofA, ofB, ofC] = numbersRead(turn, instruction)
    const use = (slot: number, times: number): void => {
      if (times > 0) this.#uses[slot] = (this.#uses[slot] as number) + times
    }
    use(turn.a(instruction), ofA)
    use(turn.b(instruction), ofB)
    use(turn.c(instruction), ofC)
  }

  // Before the first turn

  /** Makes a local of each stride and of each resident tensor. */
  #findAddresses(): void {
    const { slots: turn } = this
    for (let slot = 0; slot < turn.slots; slot++) {
      const source = turn.source(slot)
      if (source?.kind === 'memory') this.#makeOffset(source.address)
      if (source !== undefined) continue
      if (turn.isGuard(slot) || turn.isStored[slot] === 1) this.#makeOffset(turn.address(slot))
      const element = turn.element(slot)
      if (element === undefined) continue
      this.#makeOffset(element)
      if (element.tensor !== undefined) this.#makePointer(element.tensor)
    }
  }

  /** The offset of an address that moves: never negative, as offsets in instructions are not. */
  #makeOffset({ stride }: Moving): void {
    if (stride === 0 || this.#offsets.has(stride)) return
    if (stride < 0) {
      this.#head.i32((this.slots.turns - 1) * -stride)
      this.#head.indexed(Code.LocalSet, this.#locals)
    }
    this.#offsets.set(stride, this.#locals++)
  }

  #makePointer(tensor: number): void {
    if (this.#pointers.has(tensor)) return
    this.#head.i32(0)
    this.#head.access(Code.I32Load, 2, tensor + VALUE)
    this.#head.indexed(Code.LocalSet, this.#locals)
    this.#pointers.set(tensor, this.#locals++)
  }

  /** Loads what no turn changes, and what the first turns read of the turns that would be before them. */
  #loadSources(): void {
    const { slots: turn } = this
    turn.reach.forEach((reach, instruction) => {
      if (reach === 0) return
      const { first, stride } = turn.result(instruction)
      const chain = Array.from({ length: reach }, (_, i) => this.#load(first - (i + 1) * stride))
      this.#chains.set(instruction, chain)
    })
    for (let slot = turn.period; slot < turn.slots; slot++) {
      const source = turn.source(slot)
      if (source?.kind === 'fixed') this.#local[slot] = this.#load(source.address)
      else if (source?.kind === 'earlier') {
        this.#local[slot] = this.#chains.get(source.instruction)?.[source.distance - 1] ?? -1
      }
    }
  }

  /** The local of a number that is loaded before the first turn. */
  #load(address: number): number {
    this.#head.i32(0)
    this.#head.access(Code.F64Load, 3, address)
    this.#head.indexed(Code.LocalSet, this.#locals)
    return this.#locals++
  }

  // A turn

  /** Writes what an instruction does, unless that is only to compute what one other uses: it will be written there. */
  #writeInstruction(instruction: number): void {
    const { code, slots: turn } = this
    if (turn.isGuard(instruction)) {
      this.guard(instruction)
      return
    }
    const opcode = turn.opcode(instruction)
    if (opcode === Opcode.AddAt || opcode === Opcode.Put) {
      this.#writeElement(instruction)
      return
    }
    const isStored = turn.isStored[instruction] === 1
    const isReadLater = turn.isStoredLast[instruction] === 1 || turn.reach[instruction] !== 0
    const uses = this.#uses[instruction] as number
    const isLocal = isReadLater || uses > 1 || (uses === 1 && (isStored || opcode === Opcode.Slice))
    if (!isStored && !isLocal) return
    const result = turn.result(instruction)
    if (isStored) this.#push(result)
    this.compute(instruction)
    if (isLocal) this.#setLocal(instruction, isStored)
    if (isStored) code.access(Code.F64Store, 3, this.#lowest(result))
  }

  /** Adds b to an element of a tensor, or writes it there. */
  #writeElement(instruction: number): void {
    const { code, slots: turn } = this
    const element = turn.element(instruction) as Moving
    this.#push(element)
    if (turn.opcode(instruction) === Opcode.AddAt) {
      this.#push(element)
      code.access(Code.F64Load, 3, this.#lowest(element))
      this.operand(turn.b(instruction))
      code.byte(Code.F64Add)
    } else this.operand(turn.b(instruction))
    code.access(Code.F64Store, 3, this.#lowest(element))
  }

  /** Ends a turn: values become those of the turn before, addresses those of the next. */
  #moveOn(): void {
    const { code } = this
    for (const [instruction, chain] of this.#chains) {
      // The farthest first, as each takes the next one's former value.
      for (let i = chain.length - 1; i >= 0; i--) {
        code.indexed(Code.LocalGet, (i > 0 ? chain[i - 1] : this.#local[instruction]) as number)
        code.indexed(Code.LocalSet, chain[i] as number)
      }
    }
    for (const [stride, offset] of this.#offsets) {
      code.indexed(Code.LocalGet, offset)
      code.i32(stride)
      code.byte(Code.I32Add)
      code.indexed(Code.LocalSet, offset)
    }
  }

  /** Stores what is read elsewhere of the last turn only. */
  #storeLast(): void {
    const { code, slots: turn } = this
    for (let instruction = 0; instruction < turn.period; instruction++) {
      if (turn.isStored[instruction] === 1 || turn.isStoredLast[instruction] !== 1) continue
      const { first, stride } = turn.result(instruction)
      code.i32(0)
      code.indexed(Code.LocalGet, this.#local[instruction] as number)
      code.access(Code.F64Store, 3, first + (turn.turns - 1) * stride)
    }
  }

  #setLocal(slot: number, isNeeded: boolean): void {
    this.#local[slot] = this.#locals++
    this.code.indexed(isNeeded ? Code.LocalTee : Code.LocalSet, this.#local[slot])
  }

  /** Pushes an address, but for the lowest that it becomes. */
  #push({ stride }: Moving): void {
    const offset = this.#offsets.get(stride)
    if (offset === undefined) this.code.i32(0)
    else this.code.indexed(Code.LocalGet, offset)
  }

  #lowest({ first, stride }: Moving): number {
    return stride < 0 ? first + (this.slots.turns - 1) * stride : first
  }

  // Values

  protected override operand(slot: number): void {
    const { code, slots: turn } = this
    const local = this.#local[slot] as number
    const source = turn.source(slot)
    if (local >= 0) code.indexed(Code.LocalGet, local)
    else if (source === undefined) this.compute(slot)
    else if (source.kind === 'memory') {
      this.#push(source.address)
      code.access(Code.F64Load, 3, this.#lowest(source.address))
      if ((this.#uses[slot] as number) > 1) this.#setLocal(slot, true)
    } else this.constant(turn.constant(slot))
  }

  protected override element(instruction: number): void {
    const { code, slots: turn } = this
    const element = turn.element(instruction) as Moving & { readonly tensor: number | undefined }
    this.#push(element)
    if (element.tensor !== undefined) {
      code.indexed(Code.LocalGet, this.#pointers.get(element.tensor) as number)
      code.byte(Code.I32Add)
    }
    code.access(Code.F64Load, 3, this.#lowest(element))
  }

  protected override address(guard: number): void {
    const address = this.slots.address(guard)
    this.#push(address)
    this.code.i32(this.#lowest(address))
    this.code.byte(Code.I32Add)
  }
}
