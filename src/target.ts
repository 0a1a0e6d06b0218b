/** Where the caller of a gradient operator wants the gradient: the option `into`. */
import type { Invocation } from './differentiate.ts'
import { ResidentError, UsageError } from './errors.ts'
import { Resident, ResidentLeaf } from './resident.ts'
import { checkLike, isLeaf, isStatic, keysOf, mapLeaves, part } from './structure.ts'
import { countOf, type Tape } from './tape.ts'
import { Tensor } from './tensor.ts'
import type { Shape } from './types.ts'
import type { Var } from './var.ts'

/** What the cotangent of an input goes to: a plain tensor, a block of linear memory, or a number to be replaced. */
interface Place {
  readonly leaf: unknown
  readonly shape: Shape
}

export class Target {
  /** What was given. */
  readonly into: unknown
  readonly residents: readonly Resident<unknown>[]
  /** `into` with the blocks of resident parameters in their place. */
  readonly expanded: unknown
  readonly holdsNumber: boolean
  /** The place for each input, in the order of the inputs. */
  #places: Place[] = []
  /**
   * The resident argument that the places were made for. Its structure never changes, so neither do they: the usual
   * case, the same parameters step by step, is checked once.
   */
  #checkedFor: unknown = undefined

  constructor(into: unknown) {
    this.into = into
    const residents: Resident<unknown>[] = []
    const buffers = new Set<ArrayBufferLike>()
    let holdsNumber = false
    this.expanded = mapLeaves(into, 'into', leaf => {
      if (typeof leaf === 'number') holdsNumber = true
      else if (leaf instanceof Tensor) {
        if (buffers.has(leaf.data.buffer)) {
          throw new UsageError('into: two tensors share their memory. Give each its own: zeros(…).')
        }
        buffers.add(leaf.data.buffer)
      } else if (!(leaf instanceof Resident)) {
        throw new UsageError(
          'into: a leaf is neither a tensor, a number nor resident. A variable cannot be written to.',
        )
      }
      if (!(leaf instanceof Resident)) return leaf
      if (residents.includes(leaf)) {
        throw new ResidentError('into: the same resident parameters stand at two places. Give each its own.')
      }
      residents.push(leaf)
      return leaf.leaves
    })
    this.residents = residents
    this.holdsNumber = holdsNumber
  }

  /** Throws unless `into` fits the structure of the chosen arguments. */
  check(invocation: Invocation, args: unknown, vars: unknown): void {
    for (const resident of this.residents) {
      resident.use('into')
      resident.checkUnread('into')
    }
    if (args instanceof Resident && args === this.#checkedFor) return
    const places: Place[] = []
    checkLike(vars, this.expanded, 'into', (variable, leaf) => {
      const { slot, shape } = variable as Var<unknown>
      places[slot - invocation.run.first] = { leaf, shape }
    })
    this.#places = places
    this.#checkedFor = args
  }

  /** Lets the walk write to resident tensors itself. */
  give(invocation: Invocation): void {
    const { tape, first } = invocation.run
    this.#claim()
    const places = this.#places
    for (let i = 0; i < places.length; i++) {
      const { leaf, shape } = places[i] as Place
      if (leaf instanceof ResidentLeaf && shape.length > 0) tape.giveAdjoint(first + i, leaf.pointer)
    }
  }

  /** Notes that resident parameters change now. */
  #claim(): void {
    for (const resident of this.residents) {
      // Again: the function itself may have read or freed them.
      resident.use('into')
      resident.checkUnread('into')
      resident.version++
    }
  }

  /** Copies all, after a walk to which nothing was given, and returns what was given as `into`. */
  takeAll(invocation: Invocation, vars: unknown): unknown {
    this.#claim()
    return this.take(invocation, vars)
  }

  /** Copies the rest, and returns what was given as `into`. */
  take(invocation: Invocation, vars: unknown): unknown {
    const { tape, first } = invocation.run
    const places = this.#places
    for (let i = 0; i < places.length; i++) copyOut(tape, first + i, places[i] as Place)
    if (!this.holdsNumber) return this.into
    return withNumbers(this.into, vars, variable => {
      const { slot } = variable as Var<unknown>
      return tape.touched(slot) ? tape.adjointNumber(slot) : 0
    })
  }
}

/** Copies the cotangent in a slot to its place, unless the walk has written it there. */
function copyOut(tape: Tape, slot: number, { leaf, shape }: Place): void {
  const touched = tape.touched(slot)
  if (leaf instanceof ResidentLeaf) {
    const { pointer } = leaf
    if (shape.length === 0) tape.memory.f64[pointer / 8] = touched ? tape.adjointNumber(slot) : 0
    else if (!touched) tape.memory.view(pointer, countOf(shape), leaf.dtype).fill(0)
    else if (tape.adjointPointer(slot) !== pointer) {
      tape.memory.write(pointer, tape.memory.view(tape.adjointPointer(slot), countOf(shape), leaf.dtype))
    }
  } else if (leaf instanceof Tensor) {
    if (!touched) leaf.data.fill(0)
    else leaf.data.set(tape.memory.view(tape.adjointPointer(slot), countOf(shape), leaf.dtype))
  }
}

/**
 * Writes the numbers of the gradient into the records and arrays that hold them, and returns them; a number by itself is
 * returned. `vars` has what `numberOf` gets, in the structure of `into`.
 */
export function withNumbers(into: unknown, vars: unknown, numberOf: (variable: unknown) => number): unknown {
  if (typeof into === 'number') return numberOf(vars)
  if (isLeaf(into) || isStatic(into)) return into
  if (into instanceof Map) {
    const target = into as Map<unknown, unknown>
    for (const [key, entry] of target) {
      target.set(key, withNumbers(entry, (vars as Map<unknown, unknown>).get(key), numberOf))
    }
    return into
  }
  const keys = keysOf(into as object)
  const write = (key: string | number): void => {
    const target = into as Record<string | number, unknown>
    target[key] = withNumbers(target[key], part(vars as object, key), numberOf)
  }
  if (typeof keys === 'number') for (let i = 0; i < keys; i++) write(i)
  else keys?.forEach(write)
  return into
}
