// What a user's editor must understand, and must refuse.
import { constVar, dot, gradBP, logistic, matVec, matrix, sub, vector } from 'backprop-wasm'
import type { BVar, Matrix, Vector } from 'backprop-wasm'
import { printTape, statistics } from 'backprop-wasm/inspect'

interface Net {
  w1: Matrix<3, 4>
  b1: Vector<3>
}

const x: Vector<4> = vector([1, 2, 3, 4], 4)
const loss = (net: BVar<Net>) => {
  const error = sub(logistic(matVec(net.w1, constVar(x)).add(net.b1)), vector([0, 1, 0], 3))
  return dot(error, error)
}

export const net: Net = { w1: matrix(new Float64Array(12), 3, 4), b1: vector([0, 0, 0], 3) }
export const gradient: Net = gradBP(loss)(net)
export const text: string = printTape(new Int32Array(8))
export const counts: Readonly<Record<string, number>> = statistics(new Int32Array(8))

// @ts-expect-error: the sizes differ, 4 and 3
export const wrong = (net: BVar<Net>) => matVec(net.w1, net.b1)
