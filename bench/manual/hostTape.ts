/**
 * A tape of closures for ops that give value and pullback: what one writes in TypeScript for the very functions that `op1`
 * and `op2` take. An object for each value, in the order in which they were made.
 */

/** A function of one number that gives value and pullback. */
export type Unary = (x: number) => readonly [number, (dz: number) => readonly [number]]
/** The same of two numbers. */
export type Binary = (x: number, y: number) => readonly [number, (dz: number) => readonly [number, number]]

/** A value of a {@link HostTape}, with its cotangent after `backward`. */
export class HostValue {
  cotangent = 0
  readonly data: number
  readonly a: HostValue | undefined
  readonly b: HostValue | undefined
  readonly pull: ((dz: number) => readonly number[]) | undefined

  constructor(data: number, a?: HostValue, b?: HostValue, pull?: (dz: number) => readonly number[]) {
    this.data = data
    this.a = a
    this.b = b
    this.pull = pull
  }
}

/** Keeps every value in order, and walks back over them. */
export class HostTape {
  readonly values: HostValue[] = []

  input(data: number): HostValue {
    return new HostValue(data)
  }

  unary(f: Unary, x: HostValue): HostValue {
    const result = f(x.data)
    const value = new HostValue(result[0], x, undefined, result[1])
    this.values.push(value)
    return value
  }

  binary(f: Binary, x: HostValue, y: HostValue): HostValue {
    const result = f(x.data, y.data)
    const value = new HostValue(result[0], x, y, result[1])
    this.values.push(value)
    return value
  }

  backward(result: HostValue): void {
    result.cotangent = 1
    for (let i = this.values.length - 1; i >= 0; i--) {
      const { a, b, pull, cotangent } = this.values[i]
      if (pull === undefined || cotangent === 0) continue
      const gradient = pull(cotangent)
      if (a !== undefined) a.cotangent += gradient[0]
      if (b !== undefined) b.cotangent += gradient[1]
    }
  }
}
