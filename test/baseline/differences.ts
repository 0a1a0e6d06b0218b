/** Gradients of the baseline against central differences of its values. */
import { expect } from 'vitest'
import { BaselineTape } from '../../bench/baseline/index.ts'
import { randomNumbers } from '../../bench/manual/network.ts'

/** An input of a function under test. */
export type Input = number | { readonly data: Float64Array; readonly rows: number; readonly cols: number }

/** Records a function of the inputs' handles. */
export type Build = (tape: BaselineTape, inputs: readonly number[]) => number

/** Random inputs from a seed. */
export class Inputs {
  private readonly random: () => number

  constructor(seed: number) {
    this.random = randomNumbers(seed)
  }

  /** A number in [from, to). */
  number(from = -1, to = 1): number {
    return from + ((this.random() + 1) / 2) * (to - from)
  }

  /** Numbers in [from, to). */
  numbers(length: number, from = -1, to = 1): Float64Array {
    return new Float64Array(length).map(() => this.number(from, to))
  }

  /** A matrix with elements in [from, to). */
  matrix(rows: number, cols: number, from = -1, to = 1): Input {
    return { data: this.numbers(rows * cols, from, to), rows, cols }
  }

  /** A vector with elements in [from, to). */
  vector(length: number, from = -1, to = 1): Input {
    return this.matrix(1, length, from, to)
  }
}

/** All numbers of an input. */
function numbersOf(input: Input): Float64Array {
  return typeof input === 'number' ? Float64Array.of(input) : input.data
}

function withNumber(input: Input, at: number, value: number): Input {
  if (typeof input === 'number') return value
  const data = input.data.slice()
  data[at] = value
  return { ...input, data }
}

function resultOf(tape: BaselineTape, build: Build, inputs: readonly Input[]): Float64Array {
  tape.reset()
  const handles = inputs.map(i =>
    typeof i === 'number' ? tape.constant(i) : tape.constantTensor(i.data, i.rows, i.cols),
  )
  const y = build(tape, handles)
  return y < 0 ? tape.values(y).slice() : Float64Array.of(tape.value(y))
}

const STEP = 2 ** -11

/**
 * Checks every derivative of Σ wᵢ yᵢ, y being the result of `build` and w random. The difference is of fourth order:
 * (8 (f(+h) − f(−h)) − (f(+2h) − f(−2h))) / 12h.
 */
export function expectGradient(build: Build, inputs: readonly Input[], seed = 1, tolerance = 1e-9): void {
  const tape = new BaselineTape()
  const handles = inputs.map(i => (typeof i === 'number' ? tape.scalar(i) : tape.tensor(i.data, i.rows, i.cols)))
  const y = build(tape, handles)
  const w = new Inputs(seed).numbers(y < 0 ? tape.values(y).length : 1)
  tape.backward(y, y < 0 ? w : w[0])
  const gradients = handles.map(h => (h < 0 ? tape.adjoints(h).slice() : Float64Array.of(tape.adjoint(h))))

  const other = new BaselineTape()
  inputs.forEach((input, which) => {
    numbersOf(input).forEach((x, at) => {
      const f = (h: number) => {
        const moved = inputs.map((i, n) => (n === which ? withNumber(i, at, x + h) : i))
        return resultOf(other, build, moved).reduce((sum, v, i) => sum + w[i] * v, 0)
      }
      const slope = (8 * (f(STEP) - f(-STEP)) - (f(2 * STEP) - f(-2 * STEP))) / (12 * STEP)
      const error = Math.abs(gradients[which][at] - slope)
      expect(error, `input ${which}, element ${at}: ${gradients[which][at]} against ${slope}`).toBeLessThan(
        tolerance * (1 + Math.abs(slope)),
      )
    })
  })
}
