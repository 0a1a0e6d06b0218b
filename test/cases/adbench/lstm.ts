/** The diagonal LSTM of ADBench: predicts the next row of a sequence from those before. */
import {
  check,
  collectVar,
  constVar,
  dot,
  exp,
  log,
  logistic,
  sequenceVar,
  sum,
  tanh,
  type Var,
  type Vector,
} from 'backprop-wasm'
import type { Inputs } from '../program.ts'
import { fromScalar, toMatrix, type Value } from '../values.ts'

/** One gate of a layer, x ↦ weight∘x + bias. */
interface Gate {
  readonly weight: Var<Vector>
  readonly bias: Var<Vector>
}

/** What a layer keeps from step to step. */
interface State {
  readonly hidden: Var<Vector>
  readonly cell: Var<Vector>
}

/** main [2l, 4b], extra [3, b], state [2l, b], sequence [c, b] → the mean loss over the c − 1 predictions. */
export function lstm(inputs: Inputs): Value {
  const [inputScale, outputScale, outputBias] = sequenceVar(
    check(toMatrix(inputs['extra']), [3, inputs['extra'].shape[1]]),
  )
  const rows = sequenceVar(toMatrix(inputs['main'])).map(blocks)
  const layers = pairs(rows).map(([weights, biases]) => weights.map((weight, i): Gate => ({ weight, bias: biases[i] })))
  let states = pairs(sequenceVar(toMatrix(inputs['state']))).map(([hidden, cell]): State => ({ hidden, cell }))
  const sequence = sequenceVar(toMatrix(inputs['sequence']))

  let total: Var<number> = constVar(0)
  for (const [t, target] of sequence.slice(1).entries()) {
    let x = sequence[t].mul(inputScale)
    states = layers.map((gates, i) => {
      const state = step(gates, states[i], x)
      x = state.hidden
      return state
    })
    const y = x.mul(outputScale).add(outputBias)
    const normaliser = log(sum(exp(y)).add(2))
    total = total.add(dot(target, y)).sub(sum(target).mul(normaliser))
  }
  const [c, b] = inputs['sequence'].shape as [number, number]
  return fromScalar(total.mul(-1 / ((c - 1) * b)))
}

/** One step of a layer; the gates are forget, in, out and change. */
function step([forget, input, output, change]: readonly Gate[], { hidden, cell }: State, x: Var<Vector>): State {
  const through = ({ weight, bias }: Gate, given: Var<Vector>) => given.mul(weight).add(bias)
  const kept = cell.mul(logistic(through(forget, x)))
  const added = logistic(through(input, hidden)).mul(tanh(through(change, hidden)))
  const next = kept.add(added)
  return { cell: next, hidden: logistic(through(output, x)).mul(tanh(next)) }
}

/** The four quarters of a vector. */
function blocks(row: Var<Vector>): Var<Vector>[] {
  const elements = sequenceVar(row)
  const b = elements.length / 4
  return [0, 1, 2, 3].map(i => collectVar(elements.slice(i * b, (i + 1) * b)))
}

/** Each two neighbours. */
function pairs<T>(items: readonly T[]): [T, T][] {
  return Array.from({ length: items.length / 2 }, (_, i) => [items[2 * i], items[2 * i + 1]])
}
