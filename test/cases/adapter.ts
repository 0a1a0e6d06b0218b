/** The adapter: one function from a case to the answer of the library, for the checker of the published cases. */
import { matMul } from 'backprop-wasm'
import { namedFunctions } from './adbench/index.ts'
import {
  type Differentiated,
  hessianMatrix,
  hessianVectorProduct,
  jacobianBlocks,
  jacobianMatrix,
  jacobianOf,
  type Named,
  valueAndGradient,
} from './derivatives.ts'
import { evaluate } from './program.ts'
import { type Case, type CaseTensor, caseTensorOf, plainOf, type Shared, tensorOf } from './schema.ts'
import { Unsupported } from './unsupported.ts'
import { constant, toMatrix } from './values.ts'

/** What the library says to a case: value and gradient, and every other part that the case expects. */
export type Answer = Record<string, CaseTensor | Record<string, CaseTensor>>

/**
 * Runs a case.
 *
 * @param c the case
 * @param shared what the cases of its file have in common
 * @throws {Unsupported} when the library does not have an op or a function of it.
 */
export function run(c: Case, shared: Shared = {}): Answer {
  const { expected } = c
  const f = functionOf(c, shared)
  const at = plainInputs(c, c.wrt ?? [])
  const [value, gradient] = valueAndGradient(f, at, c.dy?.data)
  const answer: Answer = { value: valueOf(c, caseTensorOf(value)), grad: byName(gradient) }
  if (expected.jacobian) {
    answer['jacobian'] = isTensor(expected.jacobian)
      ? caseTensorOf(jacobianMatrix(f, at))
      : byName(jacobianOf(f, only(at, expected.jacobian)))
  }
  if (expected.jacobianBlocks) answer['jacobianBlocks'] = byName(jacobianBlocks(f, only(at, expected.jacobianBlocks)))
  if (expected.hessian) answer['hessian'] = caseTensorOf(hessianMatrix(f, at))
  if (expected.hvp) {
    const { vector, order } = expected.hvp
    answer['hvp'] = caseTensorOf(hessianVectorProduct(f, at, vector.data, order))
  }
  if (c.residual !== undefined) Object.assign(answer, residualParts(c, c.residual, at))
  return answer
}

/** The residual of a problem of least squares, its Jacobian J, and JᵀJ. */
function residualParts(c: Case, residual: string, at: Named): Answer {
  const { expected } = c
  const f = programOf(c, residual)
  const answer: Answer = {}
  if (expected.residual) answer['residual'] = caseTensorOf(valueAndGradient(f, at)[0])
  if (expected.residualJacobian ?? expected.JtJ) {
    const j = toMatrix(constant(jacobianMatrix(f, at)))
    answer['residualJacobian'] = caseTensorOf(j.value)
    answer['JtJ'] = caseTensorOf(matMul(j, j, { transposeA: true }).value)
  }
  return answer
}

/** The function that a case is about, of its inputs to be differentiated by; the others are constants. */
function functionOf(c: Case, shared: Shared): Differentiated {
  if (c.program) return programOf(c, c.program.out)
  const f = namedFunctions.get(c.fn ?? '')
  if (f === undefined) throw new Unsupported(c.fn ?? 'a case without a function', 'no such function')
  const tables = Object.fromEntries((c.shared ?? []).map(group => [group, mapValues(shared[group], tensorOf)]))
  const constants = constantInputs(c)
  return inputs => f({ ...constants, ...inputs }, tables)
}

/** The program of a case up to a step, as such a function. */
function programOf(c: Case, out: string): Differentiated {
  const { program } = c
  if (program === undefined) throw new Unsupported(out, 'a step of a case without a program')
  const constants = constantInputs(c)
  return inputs => evaluate(program, { ...constants, ...inputs }, out)
}

function constantInputs(c: Case) {
  return mapValues(plainInputs(c, Object.keys(c.inputs)), constant)
}

function plainInputs(c: Case, names: readonly string[]): Named {
  return Object.fromEntries(names.map(name => [name, plainOf(c.inputs[name])]))
}

/** What a case calls the value: the named functions give points in rows, which it counts as one vector. */
function valueOf(c: Case, value: CaseTensor): CaseTensor {
  return c.fn !== undefined && value.shape.length > 1 ? { ...value, shape: [value.data.length] } : value
}

/** Those of the values whose names occur. */
function only(values: Named, names: Readonly<Record<string, unknown>>): Named {
  return Object.fromEntries(Object.entries(values).filter(([name]) => name in names))
}

function byName(values: Named): Record<string, CaseTensor> {
  return mapValues(values, caseTensorOf)
}

function isTensor(value: object): value is CaseTensor {
  return 'shape' in value && 'data' in value
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, f: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value)]))
}
