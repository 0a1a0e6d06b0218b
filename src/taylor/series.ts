/**
 * Power series: what a variable is along a curve, as a function of its parameter t. Coefficients are made, by ops that there are,
 * when they are first asked for.
 */
import type { DType, Shape } from '../types.ts'
import type { Records, Term } from './records.ts'

/** How many series there have been. */
let count = 0

/** Makes the series of an op on others; one that there is already is found again. */
export interface Make {
  /** @param shape the result's; by default that of an op that goes element by element */
  (word: number, operands: readonly Series[], shape?: Shape): Series
  /** A number. */
  readonly number: (x: number) => Series
  /** What coefficients are recorded with. */
  readonly records: Records
  /** The highest order that is wanted. */
  readonly order: number
}

/** The series whose coefficients are those given, and zero. */
export class Series {
  /** Tells it from every other series. */
  readonly id = count++
  /** Makes the series of further ops. */
  readonly make: Make
  /** The shape of each coefficient, rows and columns; none for numbers. */
  readonly shape: Shape
  readonly dtype: DType
  /** Are all coefficients but the first known to be zero? */
  readonly isConstant: boolean
  protected readonly terms: Term[]
  #start: Series | undefined
  #derivative: Series | undefined

  constructor(make: Make, shape: Shape, dtype: DType, terms: Term[], isConstant = terms.length < 2) {
    this.make = make
    this.shape = shape
    this.dtype = dtype
    this.terms = terms
    this.isConstant = isConstant
  }

  /** The coefficient of tᵏ. */
  at(k: number): Term {
    return this.terms[k]
  }

  /** The series that has one coefficient, of the same shape as those here. */
  constant(term: Term): Series {
    return new Series(this.make, this.shape, this.dtype, [term])
  }

  /** Its value at t = 0, as a constant. */
  get start(): Series {
    return (this.#start ??= this.isConstant ? this : this.constant(this.at(0)))
  }

  /** Its derivative by t. */
  get derivative(): Series {
    return (this.#derivative ??= new Derivative(this))
  }
}

/** A series whose coefficients are made when they are asked for, from the first on. */
abstract class Growing extends Series {
  private known = 0

  constructor(make: Make, shape: Shape, dtype: DType, first: Term) {
    super(make, shape, dtype, new Array<Term>(make.order + 1), false)
    if (first !== undefined) this.terms[this.known++] = first
  }

  override at(k: number): Term {
    if (this.known <= k) this.grow(k)
    return this.terms[k]
  }

  private grow(k: number): void {
    while (this.known <= k) {
      const term = this.next(this.known)
      this.terms[this.known++] = term
    }
  }

  /** The coefficient of tᵏ; those of lower order are there. */
  protected abstract next(k: number): Term
}

/** The derivative of a series by t. */
class Derivative extends Growing {
  readonly #of: Series

  constructor(of: Series) {
    super(of.make, of.shape, of.dtype, undefined)
    this.#of = of
  }

  protected override next(k: number): Term {
    return this.make.records.times(this.shape, this.#of.at(k + 1), k + 1)
  }
}

/** A series whose coefficients of order 1 and above are what a function gives. */
export class Computed extends Growing {
  readonly #next: (k: number) => Term

  constructor(make: Make, shape: Shape, dtype: DType, first: Term, next: (k: number) => Term) {
    super(make, shape, dtype, first)
    this.#next = next
  }

  protected override next(k: number): Term {
    return this.#next(k)
  }
}

/** The coefficient of tᵏ of an op's result; those of lower order are there. */
export type Rule = (node: Node, k: number) => Term

/** What an op gives of series. */
export class Node extends Growing {
  /** Opcode, transposes and attribute. */
  readonly word: number
  readonly operands: readonly Series[]
  /** Of ops on parts. */
  readonly offset: number | undefined
  /** Gives its coefficients. A rule may put a better one in its place. */
  rule: Rule
  /** What the rule has made of the operands, to take coefficients from. */
  inner: Series | undefined = undefined
  /** Another one that a table of all has at the same place. */
  beside: Node | undefined = undefined

  constructor(
    make: Make,
    rule: Rule,
    word: number,
    operands: readonly Series[],
    shape: Shape,
    dtype: DType,
    offset: number | undefined,
    first: Term,
  ) {
    super(make, shape, dtype, first)
    this.rule = rule
    this.word = word
    this.operands = operands
    this.offset = offset
  }

  protected override next(k: number): Term {
    return this.rule(this, k)
  }
}
