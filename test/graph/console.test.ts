/** What the console of Node shows of values: shape and numbers, shortened as arrays are. */
import { inspect } from 'node:util'
import {
  evalBP,
  grad,
  matrix,
  sparseHessian,
  sparseJacobian,
  sum,
  Tensor,
  vector,
  vector32,
  zeros,
  type BVar,
  type Matrix,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'

const square = (x: Var<Vector>): Var<Vector> => x.mul(x)

describe('tensors', () => {
  test('shape and elements, of every rank and type', () => {
    expect(inspect(vector([1, -0, NaN, Infinity]))).toBe('Tensor<4> [ 1, -0, NaN, Infinity ]')
    expect(inspect(matrix([1, 2, 3, 4, 5, 6], 2, 3))).toBe('Tensor<2×3> [ [ 1, 2, 3 ], [ 4, 5, 6 ] ]')
    expect(inspect(new Tensor(new Float64Array([1, 2, 3, 4]), [2, 1, 2]))).toBe(
      'Tensor<2×1×2> [ [ [ 1, 2 ] ], [ [ 3, 4 ] ] ]',
    )
    expect(inspect(vector32([0.5]))).toBe('Tensor<float32 1> [ 0.5 ]')
    expect(inspect(new Tensor(new Float64Array([5]), []))).toBe('Tensor<scalar> 5')
    expect([zeros(0), zeros(0, 2), zeros(2, 0)].map(x => inspect(x))).toEqual([
      'Tensor<0> []',
      'Tensor<0×2> []',
      'Tensor<2×0> [ [], [] ]',
    ])
  })

  test('in a gradient, as deep as Node looks', () => {
    const loss = (p: BVar<{ layer: { w: Vector; m: Matrix } }>) => sum(p.layer.w).add(sum(p.layer.m))
    const gradient = grad(loss)({ layer: { w: vector([7, 8]), m: zeros(1, 2) } })
    expect(inspect(gradient)).toBe('{ layer: { w: Tensor<2> [ 1, 1 ], m: Tensor<1×2> [ [ 1, 1 ] ] } }')
    expect(inspect(gradient, { depth: 0 })).toBe('{ layer: [Object] }')
    expect(inspect({ gradient }, { depth: 1 })).toBe('{ gradient: { layer: [Object] } }')
    expect(inspect([zeros(2)], { depth: 0 })).toBe('[ [Tensor<2>] ]')
    expect(inspect(zeros(2), { depth: 0 })).toBe('Tensor<2> [ 0, 0 ]')
  })

  test('the beginning of what is long', () => {
    expect(inspect(vector([1, 2, 3, 4]), { maxArrayLength: 2 })).toBe('Tensor<4> [ 1, 2, ... 2 more items ]')
    expect(inspect(zeros(3), { maxArrayLength: 0 })).toBe('Tensor<3> [ ... 3 more items ]')
    const rows = inspect(matrix([1, 2, 3, 4, 5, 6, 7, 8, 9], 3, 3), { maxArrayLength: 4, breakLength: Infinity })
    expect(rows).toBe('Tensor<3×3> [ [ 1, 2, ... 1 more item ], [ 4, 5, ... 1 more item ], ... 1 more item ]')
    expect(inspect(zeros(1000, 1000)).match(/\b0\b/g)).toHaveLength(100)
    expect(inspect(zeros(200), { maxArrayLength: null }).match(/\b0\b/g)).toHaveLength(200)
  })
})

describe('sparse matrices', () => {
  test('shape and entries: row, column, value', () => {
    const hessian = sparseHessian((x: Var<Vector>) => sum(x.mul(x)))(vector([1, 2]))
    expect(inspect(hessian)).toBe('SparseMatrix<2×2> [ [ 0, 0, 2 ], [ 1, 1, 2 ] ]')
    expect(inspect({ a: hessian }, { depth: 0 })).toBe('{ a: [SparseMatrix<2×2>] }')
    const long = inspect(sparseJacobian(square)(zeros(300)), { maxArrayLength: 3 })
    expect(long).toBe('SparseMatrix<300×300> [ [ 0, 0, 0 ], [ 1, 1, 0 ], [ 2, 2, 0 ], ... 297 more items ]')
  })

  test('of a variable: computing nothing', () => {
    let shown = ''
    evalBP((x: Var<Vector>) => {
      shown = inspect(sparseJacobian(square)(x))
      return x
    })(vector([1, 2]))
    expect(shown).toBe('SparseMatrix<2×2> { values: Var<2> {} }')
  })
})
