/**
 * What is noted while a program is recorded: the conditions under which its records are the right ones, and what it writes
 * beside its result. `recorder` is there as long as the user's function runs, and undefined at all other times.
 */
import { Relation } from '../../assembly/shared/program.ts'
import { ResidentError, UsageError } from '../errors.ts'
import type { Run } from '../run.ts'
import { notResident, sameResidents } from '../stepArguments.ts'
import { mapLeaves, StructureLeaf } from '../structure.ts'
import type { Target } from '../target.ts'
import type { PlainTensor } from '../tensor.ts'
import type { Operand } from '../types.ts'
import type { AnyVar } from '../var.ts'

/** The recorder of the program that is being recorded, if any. */
export let recorder: Recorder | undefined

/** Makes that one the recorder; gives the one before. */
export function useRecorder(next: Recorder | undefined): Recorder | undefined {
  const before = recorder
  recorder = next
  return before
}

/** A condition: a compared with b has the outcome `holds`. */
export interface Guard {
  readonly relation: Relation
  readonly a: AnyVar | number
  readonly b: AnyVar | number | PlainTensor
  readonly holds: boolean
  /** Where a value was read, if the condition is that it stays the same. */
  readonly read: Read | undefined
}

/** A reading of a value. */
export interface Read {
  /** What was read, for messages. */
  readonly what: string
  /** Made where it was read: its stack leads there. */
  readonly site: Error
}

/** target := value, leaf by leaf, when everything else is done. The targets are inputs that are resident. */
export interface Assignment {
  /** What the targets are, for messages. */
  readonly what: string
  readonly targets: unknown
  /** Variables in the structure of the targets. */
  readonly values: unknown
}

/** Stands in a result where the gradient is written into what the caller gave. */
export class Written extends StructureLeaf {
  readonly target: Target
  /** The variables that are written. */
  readonly gradient: unknown

  constructor(target: Target, gradient: unknown) {
    super()
    this.target = target
    this.gradient = gradient
  }
}

export class Recorder {
  /** The run whose inputs are the program's arguments. */
  readonly #root: Run
  /** Is the argument in a slot a part of resident parameters? */
  readonly #isResident: (slot: number) => boolean
  readonly guards: Guard[] = []
  readonly assignments: Assignment[] = []
  /** What assigns, for messages; empty while nothing does. */
  assignedBy = ''

  constructor(root: Run, isResident: (slot: number) => boolean) {
    this.#root = root
    this.#isResident = isResident
  }

  /** Notes that a value has been read. */
  read(x: AnyVar, value: unknown): void {
    if (!this.#depends(x)) return
    const tag = (x as { readonly [Symbol.toStringTag]?: string })[Symbol.toStringTag]
    const read = { what: `.value of a ${tag ?? 'variable'}`, site: new Error('the value was read here') }
    this.guards.push({ relation: Relation.Same, a: x, b: value as number | PlainTensor, holds: true, read })
  }

  /** Notes the outcome of a comparison of a, whose value is x, with b, whose value is y. */
  compare(relation: Relation, a: Operand<number>, x: number, b: Operand<number>, y: number, holds: boolean): void {
    const first = typeof a === 'number' || !this.#depends(a) ? x : a
    const second = typeof b === 'number' || !this.#depends(b) ? y : b
    if (first !== x || second !== y) this.guards.push({ relation, a: first, b: second, holds, read: undefined })
  }

  /** Notes that a gradient is to be written into what the caller gave. */
  into(op: string, run: Run | undefined, target: Target, gradient: unknown): Written {
    this.#checkRoot(`${op}: into`, run)
    return new Written(target, gradient)
  }

  /** Throws unless what is to be changed is resident, and each part of it stands at one place; and nothing else is changed. */
  checkTargets(op: string, run: Run | undefined, targets: readonly Omit<Assignment, 'values'>[]): void {
    this.#checkRoot(op, run)
    if (this.assignedBy !== '') {
      throw new UsageError(`${op}: a compiled function changes parameters once. Compile the steps one by one.`)
    }
    const slots = new Set<number>()
    for (const { what, targets: structure } of targets) {
      mapLeaves(structure, what, leaf => {
        const { run, slot } = leaf as AnyVar
        if (run !== this.#root || !this.#isResident(slot)) {
          throw notResident(op, what, 'an argument of the compiled function')
        }
        if (slots.has(slot)) throw sameResidents(op)
        slots.add(slot)
      })
    }
  }

  /** Notes that what is resident is to be changed when everything else is done. The targets have been checked. */
  assign(op: string, assignments: readonly Assignment[]): void {
    this.assignedBy = op
    this.assignments.push(...assignments)
  }

  /** Throws where residents are read that are no arguments: their numbers would be the program's constants. */
  refuseResident(): never {
    throw new ResidentError(
      'compile: resident parameters are used inside the compiled function that are none of its arguments; their present ' +
        'numbers would become constants. Pass them as an argument; or give a copy, .read(), if constants are meant.',
    )
  }

  #checkRoot(what: string, run: Run | undefined): void {
    if (run === this.#root) return
    throw new UsageError(`${what} is for plain results; inside another operator the gradient is recorded.`)
  }

  /** Does the variable depend on the program's arguments? Throws if it belongs to a function around the compiled one. */
  #depends(x: AnyVar): boolean {
    let { run } = x
    if (run === undefined) return false
    if (run.tape !== this.#root.tape || run.depth < this.#root.depth) throw foreign()
    // What a run with plain results computes does not depend on variables: that would be a LostDerivativeError.
    for (; run !== undefined && run !== this.#root; run = run.outer) if (run.plain) return false
    return x.slot >= 0
  }
}

/** The error for a variable of a function around the compiled one. */
export function foreign(): UsageError {
  return new UsageError(
    'compile: a variable of an enclosing function is used inside the compiled one, where its present value would become ' +
      'a constant of the program. Pass it as an argument.',
  )
}
