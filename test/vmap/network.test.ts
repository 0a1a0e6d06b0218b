/** The network 784-300-100-10 on a batch of 128: the same loss and gradient as sample by sample. */
import {
  backprop,
  compile,
  gradBP,
  logistic,
  matVec,
  softmaxCrossEntropy,
  sum,
  vector,
  vmap,
  zeros,
  type BVar,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { expect, test } from 'vitest'
import { expectClose, randomMatrix, randomVector } from '../support/plain.ts'
import { seeded } from '../support/random.ts'

interface Net {
  w1: Matrix<300, 784>
  b1: Vector<300>
  w2: Matrix<100, 300>
  b2: Vector<100>
  w3: Matrix<10, 100>
  b3: Vector<10>
}

const loss = (net: BVar<Net>, x: Var<Vector<784>>, t: Var<Vector<10>>): Var<number> => {
  const z1 = logistic(matVec(net.w1, x).add(net.b1))
  const z2 = logistic(matVec(net.w2, z1).add(net.b2))
  return softmaxCrossEntropy(matVec(net.w3, z2).add(net.b3), t)
}
const batchLoss = (net: BVar<Net>, x: Var<Matrix<128, 784>>, t: Var<Matrix<128, 10>>): Var<number> =>
  sum(vmap(loss, { shared: 0 })(net, x, t))

test(
  'recorded and compiled',
  seeded(random => {
    const small = <T extends { data: Float64Array }>(tensor: T): T => {
      tensor.data.forEach((value, i) => (tensor.data[i] = 0.1 * value))
      return tensor
    }
    const net: Net = {
      w1: small(randomMatrix(300, 784, random)),
      b1: randomVector(300, random),
      w2: small(randomMatrix(100, 300, random)),
      b2: randomVector(100, random),
      w3: small(randomMatrix(10, 100, random)),
      b3: randomVector(10, random),
    }
    const x = randomMatrix(128, 784, random)
    const t = zeros(128, 10)
    for (let i = 0; i < 128; i++) t.data[10 * i + (i % 10)] = 1
    const [value, gradient] = backprop(batchLoss, { wrt: 0 })(net, x, t)
    let total = 0
    const sums = Object.fromEntries(
      (Object.entries(net) as [string, Vector][]).map(([name, leaf]) => [name, new Float64Array(leaf.data.length)]),
    )
    for (let i = 0; i < 128; i++) {
      const sample = [
        vector(x.data.slice(784 * i, 784 * i + 784), 784),
        vector(t.data.slice(10 * i, 10 * i + 10), 10),
      ] as const
      const [one, by] = backprop(loss, { wrt: 0 })(net, ...sample)
      total += one
      for (const name of Object.keys(net) as (keyof Net)[]) by[name].data.forEach((g, j) => (sums[name][j] += g))
    }
    expect(Math.abs(value - total)).toBeLessThan(1e-11 * total)
    for (const name of Object.keys(net) as (keyof Net)[]) {
      expectClose(gradient[name], Array.from(sums[name]), 1e-12, name)
    }
    const compiled = compile(gradBP(batchLoss, { wrt: 0 }))
    expectClose(compiled(net, x, t), gradient, 1e-12)
  }),
  60_000,
)
