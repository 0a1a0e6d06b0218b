/**
 * The tape as the facade sees it: writing slots through typed-array views, so that recording does not cross into
 * WebAssembly, and running them. It knows words, slots and sizes, and no op by name.
 */
import {
  ADJOINT,
  ATTRIBUTE,
  COLS,
  CONTROL_CONSTANTS,
  CONTROL_NEEDED,
  CONTROL_RAN,
  CONTROL_RECORDS,
  CONTROL_STATUS,
  FLAGS,
  FLAG_FLOAT32,
  FLAG_HOST,
  FLAG_MIXED,
  FLAG_TENSOR,
  GAUSSIAN_HALF,
  LAST_POLYGAMMA,
  OPERAND_A,
  OPERAND_B,
  OPERAND_C,
  ROWS,
  SLOT_BYTES,
  STATE,
  STATE_GIVEN,
  STATE_TOUCHED,
  VALUE,
} from '../assembly/shared/layout.ts'
import { Opcode } from '../assembly/shared/opcodes.ts'
import { Status } from '../assembly/shared/status.ts'
import { Arena } from './arena.ts'
import type { Places } from './debug/places.ts'
import type { Space } from './differentiable.ts'
import { EngineError, OrderError, OutOfMemoryError } from './errors.ts'
import { type HostCall, type HostOp, HostStore, type Pullback } from './hostStore.ts'
import type { ResidentLeaf } from './resident.ts'
import type { Run } from './run.ts'
import { type PlainTensor, tensorOf } from './tensor.ts'
import type { Data, DType, Shape } from './types.ts'
import type { Template } from './vmap/template.ts'
import { engine, type Engine } from './wasm/engine.ts'
import type { LinearMemory } from './wasm/memory.ts'

/** The shape of every scalar, one object, so that comparing it is comparing pointers. */
export const SCALAR: Shape = Object.freeze([])

/** The word's flag for a tensor result. */
export const TENSOR_WORD = FLAG_TENSOR << (8 * FLAGS)

/** The word's flag for a tensor of float32. */
export const FLOAT32_WORD = FLAG_FLOAT32 << (8 * FLAGS)

/** A word without the flags that say what the result is, but for the type of its elements: `apply` finds them. */
export const BARE_WORD = ~((FLAG_TENSOR | FLAG_MIXED | FLAG_HOST) << (8 * FLAGS))

/** A host op whose result is a number; so many operands as the attribute says stand in its slot. */
const HOST_NUMBER_WORD = Opcode.Host | (FLAG_MIXED << (8 * FLAGS))

/** The word's flag for what is kept on the TypeScript side. */
const HOST_WORD = FLAG_HOST << (8 * FLAGS)

/** All of a word but the state. */
const WITHOUT_STATE = ~(0xff << (8 * STATE))

/** The offsets inside a slot, counted in 32-bit integers. */
const A = OPERAND_A >> 2
const B = OPERAND_B >> 2
const C = OPERAND_C >> 2
const POINTER = VALUE >> 2
const ROWS_INDEX = ROWS >> 2
const COLS_INDEX = COLS >> 2
const ADJOINT_INDEX = ADJOINT >> 2
const SLOT_INTEGERS = SLOT_BYTES >> 2

/** Everything back to what it was: records, constants, buffers. */
export interface TapeMark {
  readonly records: number
  readonly constants: number
  readonly chunk: number
  readonly filled: number
  readonly hostNodes: number
  readonly hostValues: number
}

/** What the walk finds in a slot. */
export enum Found {
  /** No cotangent has reached it. */
  Nothing,
  /** An op of the engine, or an input. */
  Engine,
  /** A host op of one or two numbers, which stand in its slot. */
  HostNumbers,
  /** Any other host op. */
  Host,
  /** A part of a host op's result. */
  HostPart,
}

/** Which derivative of an op cannot be recorded, and what to do instead. */
function orderTooHigh(opcode: number): string {
  if (opcode === (Opcode.Pow as number)) {
    return 'pow: the 15th derivative by one operand, or a higher one, cannot be recorded. Write the power as exp(y·log x), or use a Taylor series.'
  }
  return opcode === (Opcode.Polygamma as number)
    ? `polygamma: a derivative of order ${LAST_POLYGAMMA} or higher of digamma, or of one more of lgamma, cannot be recorded, nor ` +
        'can a series go further. Take a lower order.'
    : `erf, erfc, normcdf: a derivative of order ${GAUSSIAN_HALF - 1} or higher cannot be recorded. Use a Taylor series.`
}

/** The tape that the engine works on: each makes itself that one before it calls the engine. */
let active: Tape | undefined

export class Tape {
  readonly engine: Engine
  readonly memory: LinearMemory
  readonly arena: Arena
  /** Pullbacks and values that are no numbers. */
  readonly host = new HostStore()
  /** The innermost of the open runs that record on it. */
  innermost: Run | undefined = undefined
  /** How many records there are: the slot of the next one. */
  length = 0
  /** How many constants there are. */
  constants = 0
  /** The records before this one have been run. */
  #ran = 0
  /**
   * The block that holds the slots, and where slot 0 is in it, in 32-bit integers. Here and below `private` where `#` would
   * do elsewhere: it makes `record` shorter, and V8 inlines by length.
   */
  #block = 0
  private origin = 0
  private capacity = 1024
  #constantCapacity = 256

  /** What one sample of a batch does, if the tape is the record of that: nothing on it is ever run, only constants are. */
  readonly template: Template | undefined

  /** Where its records were made, while debugging. */
  readonly places: Places | undefined = undefined

  /** @param firstChunkBytes how much memory it takes for the first tensor */
  constructor(firstChunkBytes = 2 ** 20, template?: Template) {
    this.template = template
    this.engine = engine()
    this.memory = this.engine.memory
    this.arena = new Arena(this.engine, firstChunkBytes)
    this.#place(this.capacity, this.#constantCapacity)
    this.memory.reclaimers.add(this.#reclaim)
  }

  // Recording

  /** Appends a record of scalars. The hot path: three stores. */
  record(word: number, a: number, b: number): number {
    const slot = this.length
    if (slot === this.capacity) this.#grow()
    const at = this.origin + slot * SLOT_INTEGERS
    const { i32 } = this.memory
    i32[at] = word
    i32[at + A] = a
    i32[at + B] = b
    this.length = slot + 1
    return slot
  }

  /** Appends a record; `shape` is its result's. `c` is the third operand, or an offset for ops on parts. */
  recordTensor(word: number, a: number, b: number, shape: Shape, c = b): number {
    const slot = this.record(word, a, b)
    this.memory.i32[this.origin + slot * SLOT_INTEGERS + C] = c
    if (shape.length > 0) this.#setShape(slot, shape)
    return slot
  }

  /** Runs an op on constants at once; the result is a constant. */
  evaluate(word: number, a: number, b: number, shape: Shape, c = b): number {
    const slot = this.#nextConstant()
    const at = this.origin + slot * SLOT_INTEGERS
    const i32 = this.memory.i32
    i32[at] = word
    i32[at + A] = a
    i32[at + B] = b
    i32[at + C] = c
    if (shape.length > 0) this.#setShape(slot, shape)
    this.#activate()
    while (this.engine.exports.evaluate(slot) === 0) this.#serve()
    return slot
  }

  /** A constant number. */
  constantNumber(value: number): number {
    const slot = this.#nextConstant()
    this.#setNumber(slot, value)
    return slot
  }

  /** A constant tensor: a copy of the data. */
  constantTensor({ data, shape, dtype }: PlainTensor): number {
    this.checkFits(shape, dtype)
    return this.constantAt(this.#copyIn(data), shape, dtype)
  }

  /** A constant tensor, all elements being `value`. */
  constantFilled(value: number, shape: Shape, dtype: DType): number {
    const count = countOf(shape)
    const pointer = this.arena.allocate(bytesOf(dtype) * count)
    this.memory.view(pointer, count, dtype).fill(value)
    return this.constantAt(pointer, shape, dtype)
  }

  /** A constant tensor in a buffer of linear memory, without a copy. */
  constantAt(pointer: number, shape: Shape, dtype: DType): number {
    const slot = this.#nextConstant()
    this.#setTensor(slot, pointer, shape, dtype)
    return slot
  }

  /** An input that is a number. */
  leafNumber(value: number): number {
    const slot = this.record(0, 0, 0)
    this.#setNumber(slot, value)
    return slot
  }

  /** An input that is a tensor: a copy of the data. */
  leafTensor({ data, shape, dtype }: PlainTensor): number {
    this.checkFits(shape, dtype)
    return this.leafAt(this.#copyIn(data), shape, dtype)
  }

  /** An input that is a tensor in a buffer of linear memory, without a copy. */
  leafAt(pointer: number, shape: Shape, dtype: DType): number {
    const slot = this.record(0, 0, 0)
    this.#setTensor(slot, pointer, shape, dtype)
    return slot
  }

  /** Inputs that are in linear memory: numbers by value, tensors without a copy. The first of their slots. */
  leavesAt(leaves: readonly ResidentLeaf[]): number {
    const first = this.length
    for (let i = 0; i < leaves.length; i++) {
      const { pointer, shape, dtype } = leaves[i] as ResidentLeaf
      if (shape.length > 0) this.leafAt(pointer, shape, dtype)
      else this.leafNumber(this.memory.f64[pointer / 8] as number)
    }
    return first
  }

  /** An input of a user's type. */
  leafHost(value: unknown, space: Space): number {
    const slot = this.record(0, 0, 0)
    this.#setHost(slot, value, space)
    return slot
  }

  /** A constant of a user's type. */
  constantHost(value: unknown, space: Space): number {
    const slot = this.#nextConstant()
    this.#setHost(slot, value, space)
    return slot
  }

  /** Appends a host op of `count` numbers, 1 or 2, that gives a number. */
  recordHostNumber(
    op: HostOp,
    count: number,
    a: number,
    b: number,
    value: number,
    pullback: Pullback | undefined,
  ): number {
    this.run()
    const { host } = this
    const slot = this.record(HOST_NUMBER_WORD | (count << (8 * ATTRIBUTE)), host.ops.length, a)
    const at = this.origin + slot * SLOT_INTEGERS
    this.memory.i32[at + C] = b
    this.memory.f64[(at + POINTER) >> 1] = value
    host.ops.push(op)
    host.nodes.push(pullback)
    this.#ran = slot + 1
    return slot
  }

  /** Appends any other host op: as many slots as its result has parts, behind one for itself if there are several. */
  recordHost(op: HostOp, call: HostCall): number {
    this.run()
    const { host } = this
    const node = host.ops.length
    const slot = this.record(Opcode.Host | HOST_WORD, node, this.length)
    this.memory.i32[this.origin + slot * SLOT_INTEGERS + C] = 0
    for (let part = 1; part <= call.parts; part++) {
      const { length } = this
      this.record(Opcode.Host | HOST_WORD, node, slot)
      this.memory.i32[this.origin + length * SLOT_INTEGERS + C] = part
    }
    host.ops.push(op)
    host.nodes.push(call)
    this.#ran = this.length
    return slot
  }

  /** Gives a slot of a host op its value: a number. */
  hostNumber(slot: number, value: number): void {
    const at = this.origin + slot * SLOT_INTEGERS
    this.memory.i32[at] = HOST_NUMBER_WORD
    this.memory.f64[(at + POINTER) >> 1] = value
  }

  /** The same for a tensor. */
  hostTensor(slot: number, { data, shape, dtype }: PlainTensor): void {
    const pointer = this.#copyIn(data)
    const at = this.origin + slot * SLOT_INTEGERS
    this.memory.i32[at] = Opcode.Host | tensorWord(dtype)
    this.memory.i32[at + POINTER] = pointer
    this.#setShape(slot, shape)
  }

  /** The same for a value of a user's type. */
  hostObject(slot: number, value: unknown, space: Space): void {
    const { host } = this
    this.memory.i32[this.origin + slot * SLOT_INTEGERS + POINTER] = host.values.length
    host.values.push(value)
    host.spaces.push(space)
    host.cotangents.push(undefined)
  }

  #setHost(slot: number, value: unknown, space: Space): void {
    this.memory.i32[this.origin + slot * SLOT_INTEGERS] = HOST_WORD
    this.hostObject(slot, value, space)
  }

  #copyIn(data: Data): number {
    const pointer = this.arena.allocate(data.byteLength)
    this.memory.write(pointer, data)
    return pointer
  }

  #nextConstant(): number {
    if (this.constants === this.#constantCapacity) this.#place(this.capacity, 2 * this.#constantCapacity)
    return -++this.constants
  }

  #setNumber(slot: number, value: number): void {
    const at = this.origin + slot * SLOT_INTEGERS
    this.memory.i32[at] = 0
    this.memory.f64[(at + POINTER) >> 1] = value
  }

  #setTensor(slot: number, pointer: number, shape: Shape, dtype: DType): void {
    const at = this.origin + slot * SLOT_INTEGERS
    this.memory.i32[at] = tensorWord(dtype)
    this.memory.i32[at + POINTER] = pointer
    this.#setShape(slot, shape)
  }

  /** Folds a shape to rows × cols: cols is its last size. */
  #setShape(slot: number, shape: Shape): void {
    const last = shape.length - 1
    const cols = shape[last] as number
    let rows = 1
    for (let i = 0; i < last; i++) rows *= shape[i] as number
    const at = this.origin + slot * SLOT_INTEGERS
    const { i32 } = this.memory
    i32[at + ROWS_INDEX] = rows
    i32[at + COLS_INDEX] = cols
  }

  // Running

  /** Runs the records that have not been run. One crossing, unless memory must grow. */
  run(): void {
    if (this.template !== undefined) return
    if (this.#ran < this.length) this.#activate()
    while (this.#ran < this.length) {
      this.#ran = this.engine.exports.forward(this.#ran, this.length)
      if (this.#ran < this.length) this.#serve()
    }
  }

  /** The number in a slot. */
  number(slot: number): number {
    if (slot >= this.#ran) this.run()
    return this.memory.f64[(this.origin + slot * SLOT_INTEGERS + POINTER) >> 1] as number
  }

  /** A copy of the tensor in a slot. */
  tensor(slot: number, shape: Shape): PlainTensor {
    if (slot >= this.#ran) this.run()
    return this.#tensorAt(this.pointer(slot), slot, shape)
  }

  /** A copy of a tensor's cotangent, after a walk that was not recorded. */
  adjointTensor(slot: number, shape: Shape): PlainTensor {
    return this.#tensorAt(this.adjointPointer(slot), slot, shape)
  }

  #tensorAt(pointer: number, slot: number, shape: Shape): PlainTensor {
    return tensorOf(this.memory.read(pointer, countOf(shape), this.dtype(slot)), shape)
  }

  /** The type of the elements of a slot's tensor; float64 for whatever else it holds. */
  dtype(slot: number): DType {
    return (this.valueFlags(slot) & FLAG_FLOAT32) === 0 ? 'float64' : 'float32'
  }

  /** What the flags of a slot say of its value: FLAG_TENSOR, FLAG_FLOAT32. */
  valueFlags(slot: number): number {
    return (this.memory.u8[4 * (this.origin + slot * SLOT_INTEGERS) + FLAGS] as number) & (FLAG_TENSOR | FLAG_FLOAT32)
  }

  /** The address of the tensor in a slot that has been run. */
  pointer(slot: number): number {
    return (this.memory.i32[this.origin + slot * SLOT_INTEGERS + POINTER] as number) >>> 0
  }

  /** The number, in the store of host values, of what a slot holds. */
  hostIndex(slot: number): number {
    return this.memory.i32[this.origin + slot * SLOT_INTEGERS + POINTER] as number
  }

  /** The value of a user's type in a slot. */
  hostValue(slot: number): unknown {
    return this.host.values[this.hostIndex(slot)]
  }

  // Walking back

  /** What the walk finds in a slot. */
  found(slot: number): Found {
    const at = this.origin + slot * SLOT_INTEGERS
    const { i32 } = this.memory
    const word = i32[at] as number
    if ((word & (STATE_TOUCHED << (8 * STATE))) === 0) return Found.Nothing
    if ((word & 0xff) !== (Opcode.Host as number)) return Found.Engine
    if (word >>> (8 * ATTRIBUTE) !== 0) return Found.HostNumbers
    return i32[at + C] === 0 ? Found.Host : Found.HostPart
  }

  /** The word of a record, without its state. */
  word(slot: number): number {
    return (this.memory.i32[this.origin + slot * SLOT_INTEGERS] as number) & WITHOUT_STATE
  }

  /** The shape of a slot as the engine knows it: rows and columns, or none. */
  folded(slot: number): Shape {
    const at = this.origin + slot * SLOT_INTEGERS
    const { i32 } = this.memory
    if (((i32[at] as number) & TENSOR_WORD) === 0) return SCALAR
    return [i32[at + ROWS_INDEX] as number, i32[at + COLS_INDEX] as number]
  }

  /** Does every derivative end at what made the slot? */
  endsGradient(slot: number): boolean {
    const word = this.memory.i32[this.origin + slot * SLOT_INTEGERS] as number
    return (word & 0xff) === (Opcode.StopGradient as number)
  }

  /** The operands of a record; of an op on parts, the third is its offset. */
  operands(slot: number): readonly [a: number, b: number, c: number] {
    const at = this.origin + slot * SLOT_INTEGERS
    const { i32 } = this.memory
    return [i32[at + A] as number, i32[at + B] as number, i32[at + C] as number]
  }

  /** The number of the node of a host op. */
  node(slot: number): number {
    return this.memory.i32[this.origin + slot * SLOT_INTEGERS + A] as number
  }

  /** The operands of a host op, where they stand in its slot; of a part, the slot of the op and the number of the part. */
  operandB(slot: number): number {
    return this.memory.i32[this.origin + slot * SLOT_INTEGERS + B] as number
  }

  operandC(slot: number): number {
    return this.memory.i32[this.origin + slot * SLOT_INTEGERS + C] as number
  }

  /** How many operands stand in the slot of a host op. */
  hostOperands(slot: number): number {
    return (this.memory.i32[this.origin + slot * SLOT_INTEGERS] as number) >>> (8 * ATTRIBUTE)
  }

  /** Forgets the cotangent of a slot. */
  clear(slot: number): void {
    const at = this.origin + slot * SLOT_INTEGERS
    const { i32 } = this.memory
    i32[at] = (i32[at] as number) & WITHOUT_STATE
  }

  /** Notes that a cotangent has reached the slot. */
  touch(slot: number): void {
    this.memory.u8[4 * (this.origin + slot * SLOT_INTEGERS) + STATE] = STATE_TOUCHED
  }

  /** Adds to the cotangent of a scalar, in a walk that is not recorded. */
  addNumber(slot: number, value: number): void {
    const at = this.origin + slot * SLOT_INTEGERS
    const { i32, f64 } = this.memory
    const adjoint = (at + ADJOINT_INDEX) >> 1
    const word = i32[at] as number
    if ((word & ~WITHOUT_STATE) !== 0) f64[adjoint] = (f64[adjoint] as number) + value
    else {
      i32[at] = word | (STATE_TOUCHED << (8 * STATE))
      f64[adjoint] = value
    }
  }

  /** Makes what is in slot `source` the cotangent of a slot, in a recorded walk. */
  setAdjointSlot(slot: number, source: number): void {
    this.touch(slot)
    this.memory.i32[this.origin + slot * SLOT_INTEGERS + ADJOINT_INDEX] = source
  }

  /** Adds what is in slot `source` to the cotangent of slot `target`; with `record`, as a record. */
  seed(target: number, source: number, record: boolean): void {
    if (record) this.#reserve(this.length + 1, this.constants)
    this.#activate()
    this.#tellCounts()
    while (this.engine.exports.seed(target, source, record) === 0) this.#serve()
    this.#readCounts()
  }

  /** Makes a number the cotangent of a scalar that has none, for a walk that is not recorded. */
  seedNumber(slot: number, cotangent: number): void {
    const at = this.origin + slot * SLOT_INTEGERS
    this.memory.u8[4 * at + STATE] = STATE_TOUCHED
    this.memory.f64[(at + ADJOINT_INDEX) >> 1] = cotangent
  }

  /** Tells the engine how many slots there are: it appends some itself when a walk is recorded. */
  #tellCounts(): void {
    const { i32 } = this.memory
    const { control } = this.engine
    i32[control + CONTROL_RECORDS / 4] = this.length
    i32[control + CONTROL_CONSTANTS / 4] = this.constants
    i32[control + CONTROL_RAN / 4] = this.#ran
  }

  #readCounts(): void {
    const { i32 } = this.memory
    const { control } = this.engine
    this.length = i32[control + CONTROL_RECORDS / 4] as number
    this.constants = i32[control + CONTROL_CONSTANTS / 4] as number
    this.#ran = i32[control + CONTROL_RAN / 4] as number
  }

  /** Lets a tensor's cotangent be written to the buffer at `pointer`. */
  giveAdjoint(slot: number, pointer: number): void {
    const at = this.origin + slot * SLOT_INTEGERS
    this.memory.u8[4 * at + STATE] = STATE_GIVEN
    this.memory.i32[at + ADJOINT_INDEX] = pointer
  }

  /**
   * Runs what is pending and walks back from slot `from` to slot `stop`, both included; slots below `first` are constants of
   * the walk. With `record` nothing is run, and the contributions are appended as records. Returns the slot of the first host
   * op that a cotangent has reached, or `stop` − 1.
   */
  backward(from: number, stop: number, first: number, record: boolean): number {
    const { exports, control } = this.engine
    this.#activate()
    this.#tellCounts()
    let slot = from
    while ((slot = exports.backward(slot, stop, first, record)) >= stop) {
      this.#readCounts()
      if (this.memory.i32[control + CONTROL_STATUS / 4] === (Status.Host as number)) return slot
      this.#serve()
    }
    this.#readCounts()
    return slot
  }

  /**
   * Runs what is pending and walks back from slot `loss`, a number, so that every tensor among the inputs, the slots from `first`
   * up to `firstRecord`, becomes itself + scale · its gradient, where it is. One crossing, unless memory must grow; nothing is
   * changed before there is room for all of it.
   */
  descend(first: number, firstRecord: number, loss: number, scale: number): void {
    const { exports } = this.engine
    this.#activate()
    this.#tellCounts()
    while (exports.descend(first, firstRecord, loss, scale) === 0) {
      this.#readCounts()
      this.#serve()
    }
    this.#readCounts()
  }

  /** The end of such a step after a walk of another kind: each tensor among the inputs += scale · the cotangent that it has. */
  applyGradient(first: number, firstRecord: number, scale: number): void {
    this.#activate()
    this.engine.exports.applyGradient(first, firstRecord, scale)
  }

  /** Has a cotangent reached the slot? */
  touched(slot: number): boolean {
    return (this.#state(slot) & STATE_TOUCHED) !== 0
  }

  #state(slot: number): number {
    return this.memory.u8[4 * (this.origin + slot * SLOT_INTEGERS) + STATE] as number
  }

  /** The cotangent of a scalar, after a walk that was not recorded. */
  adjointNumber(slot: number): number {
    return this.memory.f64[(this.origin + slot * SLOT_INTEGERS + ADJOINT_INDEX) >> 1] as number
  }

  /** The address of a tensor's cotangent after a walk; after a recorded walk, its slot. */
  adjointPointer(slot: number): number {
    return (this.memory.i32[this.origin + slot * SLOT_INTEGERS + ADJOINT_INDEX] as number) >>> 0
  }

  /** The slot of a cotangent, after a recorded walk. */
  adjointSlot(slot: number): number {
    return this.memory.i32[this.origin + slot * SLOT_INTEGERS + ADJOINT_INDEX] as number
  }

  /** Forgets the cotangents of the slots from `from` up to, not including, `to`. */
  forget(from: number, to: number): void {
    this.#activate()
    this.engine.exports.forget(from, to)
  }

  // Marks

  mark(): TapeMark {
    const { length, constants, arena, host } = this
    return {
      records: length,
      constants,
      chunk: arena.chunk,
      filled: arena.filled,
      hostNodes: host.ops.length,
      hostValues: host.values.length,
    }
  }

  /** Takes back everything since the mark. */
  reset(mark: TapeMark): void {
    this.length = mark.records
    this.constants = mark.constants
    this.#ran = Math.min(this.#ran, mark.records)
    this.arena.reset(mark.chunk, mark.filled)
    this.host.cut(mark.hostNodes, mark.hostValues)
  }

  /** Makes this the tape that the engine works on. */
  #activate(): void {
    if (active === this) return
    active?.arena.deactivate()
    active = this // eslint-disable-line @typescript-eslint/no-this-alias
    this.arena.activate()
    this.#tellPlace()
  }

  /** Tells the engine where the slots are. */
  #tellPlace(): void {
    this.engine.exports.useTape(4 * this.origin, this.capacity, this.#constantCapacity)
  }

  /** Gives all memory back. The tape must not be used any more. */
  free(): void {
    if (active === this) active = undefined
    this.memory.reclaimers.delete(this.#reclaim)
    this.arena.release()
    this.memory.free(this.#block)
  }

  /**
   * Fills an empty tape with copied slots that have been run. `move` says where a buffer is now that was at an address.
   *
   * @param slots 8 integers a slot, the last constant first
   * @param constants how many of them are constants
   */
  restore(slots: Int32Array, constants: number, host: HostStore, move: (address: number) => number): void {
    this.host.restore(host)
    const count = slots.length / SLOT_INTEGERS
    this.#reserve(count - constants, constants)
    const start = this.origin - constants * SLOT_INTEGERS
    const { i32, u8 } = this.memory
    i32.set(slots, start)
    for (let at = start; at < start + slots.length; at += SLOT_INTEGERS) {
      if ((u8[4 * at + FLAGS] as number) & FLAG_TENSOR) i32[at + POINTER] = move((i32[at + POINTER] as number) >>> 0)
    }
    this.length = count - constants
    this.constants = constants
    this.#ran = this.length
  }

  /** A copy of the slots from `from` up to, not including, `to`: 8 integers each. */
  copySlots(from: number, to: number): Int32Array {
    return this.viewSlots(from, to).slice()
  }

  /** The slots themselves, as long as memory does not grow. */
  viewSlots(from: number, to: number): Int32Array {
    return this.memory.i32.subarray(this.origin + from * SLOT_INTEGERS, this.origin + to * SLOT_INTEGERS)
  }

  // Room

  #grow(): void {
    this.#place(2 * this.capacity, this.#constantCapacity)
  }

  #reserve(records: number, constants: number): void {
    if (records <= this.capacity && constants <= this.#constantCapacity) return
    this.#place(Math.max(records, this.capacity), Math.max(constants, this.#constantCapacity))
  }

  /** Gives back what an earlier, larger run has left. */
  readonly #reclaim = (): void => {
    this.arena.trim()
    const records = Math.max(1024, 2 * this.length)
    const constants = Math.max(256, 2 * this.constants)
    if (4 * (records + constants) <= this.capacity + this.#constantCapacity) {
      this.#place(records, constants)
    }
  }

  /** Moves the slots to a block with the given capacities. */
  #place(capacity: number, constantCapacity: number): void {
    const bytes = (capacity + constantCapacity) * SLOT_BYTES
    const block = this.memory.allocate(bytes)
    const origin = block / 4 + constantCapacity * SLOT_INTEGERS
    if (this.#block !== 0) {
      const from = this.origin - this.constants * SLOT_INTEGERS
      const to = this.origin + this.length * SLOT_INTEGERS
      this.memory.i32.copyWithin(origin - this.constants * SLOT_INTEGERS, from, to)
      this.memory.free(this.#block)
    }
    this.#block = block
    this.origin = origin
    this.capacity = capacity
    this.#constantCapacity = constantCapacity
    if (active === this) this.#tellPlace()
  }

  /** Gives the engine what it stopped for. */
  #serve(): void {
    const { i32 } = this.memory
    const { control } = this.engine
    const status = i32[control + CONTROL_STATUS / 4] as number
    if (status === (Status.NeedMemory as number)) this.arena.extend((i32[control + CONTROL_NEEDED / 4] as number) >>> 0)
    else if (status === (Status.NeedSlots as number)) this.#place(2 * this.capacity, 2 * this.#constantCapacity)
    else if (status === (Status.OrderTooHigh as number)) {
      throw new OrderError(orderTooHigh(i32[control + CONTROL_NEEDED / 4] as number))
    } else {
      throw new EngineError(`the engine stopped with status ${String(status)}, which this version does not expect.`)
    }
  }

  /** Throws if no memory could hold a tensor of this shape, or one number for each of its rows: sizes would overflow. */
  checkFits(shape: Shape, dtype: DType): void {
    let rows = 1
    for (let i = 0; i < shape.length - 1; i++) rows *= shape[i] as number
    const bytes = bytesOf(dtype) * Math.max(rows, rows * (shape[shape.length - 1] ?? 1))
    const { maximumBytes } = this.memory
    if (bytes >= maximumBytes) throw new OutOfMemoryError(bytes, this.memory.availableBytes, maximumBytes)
  }
}

/** The number of elements of a shape. */
export function countOf(shape: Shape): number {
  let count = 1
  for (let i = 0; i < shape.length; i++) count *= shape[i] as number
  return count
}

/** The bytes of an element. */
export function bytesOf(dtype: DType): number {
  return dtype === 'float32' ? 4 : 8
}

/** The word's flags for a tensor. */
export function tensorWord(dtype: DType): number {
  return dtype === 'float32' ? TENSOR_WORD | FLOAT32_WORD : TENSOR_WORD
}
