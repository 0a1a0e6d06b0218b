/**
 * Power series: what a variable is along a curve, as a function of its parameter t. Coefficients are variables, made by ops
 * that there are when they are first asked for.
 */
import { Opcode } from '../../assembly/shared/opcodes.ts'
import type { Space } from '../differentiable.ts'
import { scaleHost } from '../host.ts'
import { spaceOfLeaf } from '../structure.ts'
import type { DType, Shape } from '../types.ts'
import { type AnyVar, apply, HOST, varLike } from '../var.ts'

/** What messages call an op on coefficients. */
export const TAYLOR = 'taylor'

/** A coefficient; undefined where it is known to be zero, so that nothing is computed with it. */
export type Term = AnyVar | undefined

/** The coefficient of tᵏ of a series; those of lower order are there. */
export type NextTerm = (k: number, series: Series) => Term

/** How many series there have been. */
let count = 0

export class Series {
  /** Tells it from every other series. */
  readonly id = count++
  /** The shape of each coefficient, rows and columns; none for numbers. */
  readonly shape: Shape
  readonly dtype: DType
  /** Are all coefficients but the first known to be zero? */
  readonly isConstant: boolean
  readonly #terms: Term[]
  readonly #next: NextTerm | undefined
  #start: Series | undefined
  #derivative: Series | undefined

  /** @param terms the first coefficients; the others are what `next` gives, or zero */
  constructor(shape: Shape, dtype: DType, terms: Term[], next?: NextTerm) {
    this.shape = shape
    this.dtype = dtype
    this.#terms = terms
    this.#next = next
    this.isConstant = next === undefined && terms.slice(1).every(term => term === undefined)
  }

  /** The coefficient of tᵏ. */
  at(k: number): Term {
    const terms = this.#terms
    if (this.#next !== undefined) while (terms.length <= k) terms.push(this.#next(terms.length, this))
    return terms[k]
  }

  /** The series that has one coefficient, of the same shape as those here. */
  constant(term: Term): Series {
    return new Series(this.shape, this.dtype, [term])
  }

  /** Its value at t = 0, as a constant. */
  get start(): Series {
    return (this.#start ??= this.isConstant ? this : this.constant(this.at(0)))
  }

  /** Its derivative by t. */
  get derivative(): Series {
    const { shape, dtype } = this
    return (this.#derivative ??= new Series(shape, dtype, [], k => times(shape, this.at(k + 1), k + 1)))
  }
}

/** A coefficient times a number. */
export function times(shape: Shape, term: Term, factor: number): Term {
  if (term === undefined || factor === 1) return term
  if (shape === HOST) return scaleHost(TAYLOR, spaceOfLeaf(term) as Space, factor, varLike(term, term.run, term.slot))
  return apply(TAYLOR, Opcode.Mul, shape, term, factor)
}

/** A coefficient divided by a number. */
export function over(shape: Shape, term: Term, divisor: number): Term {
  if (term === undefined || divisor === 1) return term
  if (shape === HOST) return times(shape, term, 1 / divisor)
  return apply(TAYLOR, Opcode.Div, shape, term, divisor)
}

export function plus(shape: Shape, a: Term, b: Term): Term {
  return a === undefined || b === undefined ? (a ?? b) : apply(TAYLOR, Opcode.Add, shape, a, b)
}

export function minus(shape: Shape, a: Term, b: Term): Term {
  if (b === undefined) return a
  return a === undefined ? apply(TAYLOR, Opcode.Neg, shape, b) : apply(TAYLOR, Opcode.Sub, shape, a, b)
}
