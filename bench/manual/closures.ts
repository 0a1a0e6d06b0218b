/**
 * A scalar engine in the style of micrograd: an object for each value, a closure for each op. (Values are kept in the
 * order in which they were made, so that no sort is needed: kinder to this style than the original.)
 */

function nothing(): void {
  // An input has no operands to add to.
}

/** A value of a {@link ClosureEngine}, with its gradient after `backward`. */
export class Value {
  gradient = 0
  /** Adds this value's gradient, times the slopes, to its operands' gradients. */
  pull: () => void = nothing
  readonly data: number
  readonly engine: ClosureEngine

  constructor(engine: ClosureEngine, data: number) {
    this.engine = engine
    this.data = data
    engine.values.push(this)
  }

  /** this + other. */
  add(other: Value): Value {
    const result = new Value(this.engine, this.data + other.data)
    result.pull = () => {
      this.gradient += result.gradient
      other.gradient += result.gradient
    }
    return result
  }

  /** this − other. */
  sub(other: Value): Value {
    const result = new Value(this.engine, this.data - other.data)
    result.pull = () => {
      this.gradient += result.gradient
      other.gradient -= result.gradient
    }
    return result
  }

  /** this · other. */
  mul(other: Value): Value {
    const result = new Value(this.engine, this.data * other.data)
    result.pull = () => {
      this.gradient += result.gradient * other.data
      other.gradient += result.gradient * this.data
    }
    return result
  }

  /** this / other. */
  div(other: Value): Value {
    const result = new Value(this.engine, this.data / other.data)
    result.pull = () => {
      const slope = result.gradient / other.data
      this.gradient += slope
      other.gradient -= slope * result.data
    }
    return result
  }

  /** e to the power of this. */
  exp(): Value {
    const result = new Value(this.engine, Math.exp(this.data))
    result.pull = () => {
      this.gradient += result.gradient * result.data
    }
    return result
  }

  /** The natural logarithm of this. */
  log(): Value {
    const result = new Value(this.engine, Math.log(this.data))
    result.pull = () => {
      this.gradient += result.gradient / this.data
    }
    return result
  }

  /** The sine of this. */
  sin(): Value {
    const result = new Value(this.engine, Math.sin(this.data))
    result.pull = () => {
      this.gradient += result.gradient * Math.cos(this.data)
    }
    return result
  }

  /** The hyperbolic tangent of this. */
  tanh(): Value {
    const result = new Value(this.engine, Math.tanh(this.data))
    result.pull = () => {
      this.gradient += result.gradient * (1 - result.data) * (1 + result.data)
    }
    return result
  }

  /** Walks back from this value over everything that was made before it. */
  backward(): void {
    const { values } = this.engine
    for (const value of values) value.gradient = 0
    this.gradient = 1
    for (let i = values.lastIndexOf(this); i >= 0; i--) values[i].pull()
  }
}

/** Makes inputs and keeps every value in order. */
export class ClosureEngine {
  /** Every value, in the order in which it was made. */
  values: Value[] = []

  /** An input. */
  scalar(data: number): Value {
    return new Value(this, data)
  }

  /** Forgets all values. */
  reset(): void {
    this.values = []
  }
}
