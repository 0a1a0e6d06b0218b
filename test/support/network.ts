/** A small network, 16-12-8-4, with its loss and data. */
import {
  logistic,
  matrix,
  matVec,
  softmaxCrossEntropy,
  vector,
  type BVar,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { randomMatrix, randomVector } from './plain.ts'
import { Random } from './random.ts'

interface Layer<M extends number, N extends number> {
  readonly w: Matrix<M, N>
  readonly b: Vector<M>
}

export interface Network {
  readonly first: Layer<12, 16>
  readonly second: Layer<8, 12>
  readonly third: Layer<4, 8>
}

export function newNetwork(seed = 1): Network {
  const random = new Random(seed)
  const layer = <M extends number, N extends number>(m: M, n: N): Layer<M, N> => ({
    w: randomMatrix(m, n, random),
    b: randomVector(m, random),
  })
  return { first: layer(12, 16), second: layer(8, 12), third: layer(4, 8) }
}

/** The network's logits. */
export function run({ first, second, third }: BVar<Network>, x: Var<Vector<16>>): Var<Vector<4>> {
  const a = logistic(matVec(first.w, x).add(first.b))
  const b = logistic(matVec(second.w, a).add(second.b))
  return matVec(third.w, b).add(third.b)
}

export function loss(network: BVar<Network>, x: Var<Vector<16>>, target: Var<Vector<4>>): Var<number> {
  return softmaxCrossEntropy(run(network, x), target)
}

export interface Sample {
  readonly x: Vector<16>
  readonly target: Vector<4>
}

/** Samples of four classes: which quarter of the input is the largest. */
export function samples(count: number, seed = 2): Sample[] {
  const random = new Random(seed)
  return Array.from({ length: count }, (_, i) => {
    const x = randomVector(16, random)
    for (let j = 0; j < 4; j++) x.data[4 * (i % 4) + j] += 1
    return {
      x,
      target: vector(
        [0, 1, 2, 3].map(j => (j === i % 4 ? 1 : 0)),
        4,
      ),
    }
  })
}

/** A network of the same sizes, all numbers NaN. */
export function blankNetwork(): Network {
  const layer = <M extends number, N extends number>(m: M, n: N): Layer<M, N> => ({
    w: matrix(new Float64Array(m * n).fill(NaN), m, n),
    b: vector(new Float64Array(m).fill(NaN), m),
  })
  return { first: layer(12, 16), second: layer(8, 12), third: layer(4, 8) }
}
