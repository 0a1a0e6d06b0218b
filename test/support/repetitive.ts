/** Random programs on numbers that repeat themselves. */
import { max, min, pow, sequenceVar, sin, sqrt, tanh, where, type Var, type Vector } from 'backprop-wasm'
import fc from 'fast-check'

type Scalar = Var<number>
type Numbers = readonly Scalar[]

const total = (terms: Numbers): Scalar => terms.reduce((a, b) => a.add(b))

/** One instruction of a random turn: which op, and of which values. */
interface Step {
  readonly op: number
  readonly operands: readonly [Reference, Reference]
}

/** Where an operand comes from, and which it is there. */
type Reference = readonly [kind: number, which: number]

const reference = fc.tuple(fc.nat(20), fc.nat(1000))
const step: fc.Arbitrary<Step> = fc.record({ op: fc.nat(15), operands: fc.tuple(reference, reference) })

/** A random program that repeats itself. */
export interface Repetitive {
  readonly head: readonly Step[]
  readonly turn: readonly Step[]
  readonly tail: readonly Step[]
  readonly turns: number
  /** The turns in which something else is done, too. */
  readonly interruptions: readonly number[]
  /** How far the turn moves along the vector. */
  readonly pace: number
  readonly guarded: boolean
}

export const repetitive: fc.Arbitrary<Repetitive> = fc.record({
  head: fc.array(step, { maxLength: 12 }),
  turn: fc.array(step, { minLength: 1, maxLength: 20 }),
  tail: fc.array(step, { maxLength: 12 }),
  turns: fc.integer({ min: 60, max: 400 }),
  interruptions: fc.array(fc.nat(199), { maxLength: 2 }),
  pace: fc.constantFrom(-2, -1, 0, 1, 3),
  guarded: fc.boolean(),
})

/** How many elements the vector has. */
export const LENGTH = 700

/** What a step computes. */
function apply(op: number, a: Scalar, b: Scalar, turn: number): Scalar {
  const ops = [
    () => a.add(b),
    () => a.sub(b),
    () => a.mul(b),
    () => a.div(b),
    () => a.neg(),
    () => a.abs(),
    () => max(a, b),
    () => min(a, b),
    () => tanh(a).mul(b),
    () => where(a, b, 0.25),
    () => pow(a, 2),
    () => sin(a),
    () => a.mul(0.5).add(b.mul(0.25)),
    () => a.mul(turn + 0.5),
    () => sqrt(a.abs()).sub(b),
    () => b.add(a),
  ]
  return ops[op % ops.length]()
}

/** The function that computes its results. */
export function runRepetitive({ head, turn, tail, turns, interruptions, pace, guarded }: Repetitive) {
  return (x: Numbers, v: Var<Vector>): Scalar[] => {
    const elements = sequenceVar(v) as Numbers
    const values: Scalar[] = [...x]
    const history: Scalar[][] = []
    const doStep = ({ op, operands }: Step, t: number, own: readonly Scalar[]): Scalar => {
      const [a, b] = operands.map(([kind, which]): Scalar => {
        const start = pace < 0 ? elements.length - 1 : 0
        const before = history[history.length - 1 - (which % 6)]
        if (kind < 6 && own.length > 0) return own[own.length - 1 - (which % own.length)]
        if (kind < 12 && before !== undefined) return before[which % before.length]
        if (kind < 17) return elements[Math.min(Math.max(start + pace * t + (which % 3), 0), elements.length - 1)]
        if (kind < 18 && history.length > 0) return history[0][0]
        return values[which % values.length]
      }) as [Scalar, Scalar]
      return apply(op, a, b, t)
    }
    for (const s of head) values.push(doStep(s, 0, values))
    for (let t = 0; t < turns; t++) {
      const own: Scalar[] = []
      for (const s of turn) own.push(doStep(s, t, own))
      if (interruptions.includes(t)) own[own.length - 1] = own[own.length - 1].mul(values[0]).add(t)
      const last = own[own.length - 1]
      if (guarded && last.lt(-1e300)) own[own.length - 1] = last.abs()
      history.push(own)
    }
    const ends = history.slice(-2).flat()
    for (const s of tail) ends.push(doStep(s, turns - 1, ends))
    // The sum of all turns, two of them, and the last ones.
    const all = total(history.map(own => own[own.length - 1]))
    const some = [3, turns >> 1].flatMap(t => history[t])
    return [all, ...ends, ...some, ...ends.slice(-3)]
  }
}
