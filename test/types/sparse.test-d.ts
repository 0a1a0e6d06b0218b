/** What `sparseJacobian` and `sparseHessian` infer. */
import {
  compile,
  dot,
  evalBP,
  grad,
  sparseHessian,
  sparseJacobian,
  sum,
  vector,
  type BVar,
  type Fixed,
  type Matrix,
  type SparseMatrix,
  type SparsityPattern,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { expectTypeOf, test } from 'vitest'

type Model = { w: Vector<3>; s: number; name: string }
const f = (m: BVar<Model>, x: Var<number>): [Var<Vector<3>>, Var<number>] => [m.w.mul(x), m.s]
const g = (x: Var<Vector>): Var<number> => dot(x, x)

test('plain arguments give a matrix of values', () => {
  const matrix: SparseMatrix = sparseJacobian(f)({ w: vector([1, 2, 3], 3), s: 1, name: 'm' }, 2)
  expectTypeOf(matrix.values).toEqualTypeOf<Vector>()
  expectTypeOf(matrix.pattern).toEqualTypeOf<Fixed<SparsityPattern>>()
  expectTypeOf(sparseHessian(g)(vector([1, 2])).toDense()).toEqualTypeOf<Matrix>()
})

test('with variables the values are one; what other operators give is taken', () => {
  evalBP((x: Var<Vector>) => {
    const matrix = sparseHessian(g)(x)
    expectTypeOf(matrix).toEqualTypeOf<SparseMatrix<Var<Vector>>>()
    // @ts-expect-error a variable has no dense matrix
    const refused = (): Matrix => matrix.toDense()
    expectTypeOf(refused).returns.toEqualTypeOf<Matrix>()
    return sum(matrix.values)
  })
  expectTypeOf(sparseJacobian(grad(g))(vector([1])).values).toEqualTypeOf<Vector>()
  expectTypeOf(compile(sparseJacobian(g))(vector([1])).values).toEqualTypeOf<Vector>()
  const inside = evalBP((x: Var<Vector>) => ({ jacobian: sparseJacobian(g)(x) }))
  expectTypeOf(inside(vector([1])).jacobian.values).toEqualTypeOf<Vector>()
})

test('what does not fit', () => {
  // @ts-expect-error a Hessian is one of a number
  sparseHessian((x: Var<Vector>) => x.mul(x))
  // @ts-expect-error no such mode
  sparseJacobian(g, { mode: 'sideways' })
  // @ts-expect-error no such argument
  sparseHessian(g, { wrt: 1 })
  // @ts-expect-error the argument is a vector
  sparseJacobian(g)(3)
  // @ts-expect-error a plain result
  sparseJacobian((x: Var<Vector>) => x.value)
})
