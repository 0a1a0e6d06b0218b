/** The table of ops is total: over the public names, over the engine's opcodes. Methods of Var: methods.test.ts. */
import * as library from 'backprop-wasm'
import { gradBP, type Var } from 'backprop-wasm'
import { expect, test } from 'vitest'
import { Opcode } from '../../assembly/shared/opcodes.ts'
import * as named from '../../src/ops/named.ts'
import { opsBesides } from '../combinations/subjects.ts'
import { along, innerVar, type OnVars, type Vars } from '../support/differences.ts'
import { reachedFrom } from '../support/opcodes.ts'
import { operandsOf, operations } from '../support/operations.ts'
import { filled, flat, randomLike, shapeOf } from '../support/plain.ts'
import { seeded } from '../support/random.ts'

const comparisons = ['lt', 'le', 'gt', 'ge', 'eq']
/** Public functions that are no ops, and classes. Errors are told by their base class. */
const others = [
  ...[
    'evalBP',
    'gradBP',
    'backprop',
    'backpropWith',
    'vjp',
    'constVar',
    'auto',
    'sgdStep',
    'resident',
    'init',
    'tapeOf',
  ],
  ...['check', 'matrix', 'vector', 'widen', 'zeros', 'fixed', 'match'],
  ...['matrix32', 'vector32', 'zeros32', 'castValue'],
  ...['Var', 'Tensor', 'Fixed', 'Resident', 'Boxed'],
  // Threads: test/workers.
  ...['workers', 'closeWorkers'],
  // Programs: test/compile.
  ...['compile', 'peek', 'withBatchRule'],
  // Steps of optimisers, and loops of them: test/optimise.
  ...['optimiser', 'sgd', 'momentum', 'adam', 'trainStep', 'mapVars', 'epoch', 'table', 'oneHot'],
  // Ops of the user's own, and graphs: test/host.
  ...[
    'op0',
    'op1',
    'op2',
    'op3',
    'opN',
    'opConst',
    'idOp',
    'opIso',
    'opLens',
    'opTup',
    'opCoerce',
    'opOf',
    'coerceVar',
  ],
  ...['composeOp', 'composeOp1', 'noGrad', 'noGrad1', 'runOp', 'evalOp', 'gradOp', 'gradOpWith'],
  ...['withInps', 'implicitly', 'bpOp', 'opVar', 'bindVar', 'bindRef', 'constRef', 'inpVar', 'inpVars', 'evalBP0'],
  // Functions and ops that wait: test/async.
  ...['evalBPAsync', 'gradBPAsync', 'backpropAsync', 'backpropWithAsync'],
  ...['asyncOp1', 'asyncOp2', 'asyncOp3', 'asyncOpN'],
  ...['liftOp', 'liftOp1', 'liftOp2', 'liftOp3'],
  ...['liftB', 'liftB1', 'liftB2', 'liftB3', 'evalBPOp', 'gradBPOp', 'backpropBPOp'],
  ...['differentiable', 'registerDifferentiable', 'boxed', 'checkLaws'],
  ...['zeroOf', 'oneOf', 'addValues', 'scaleValue', 'mapNumbers', 'innerProduct', 'randomOf'],
  // Optimisers, steps and loops: test/optimise, test/marshal.
  ...['optimiser', 'mapVars', 'sgd', 'momentum', 'adam', 'trainStep', 'epoch', 'table', 'oneHot'],
  // Parts of leaves: test/host/optics.test.ts.
  ...['iso', 'lens', 'prism', 'traversal', 'viewVar', 'setVar', 'overVar', 'isoVar', 'isoVarN', 'isoVar2', 'isoVar3'],
  ...['partsVar', 'withParts', 'splitVars', 'gSplit', 'choicesVar', 'withChoices', 'sopVar', 'gSplits'],
  ...['previewVar', 'toListOfVar'],
  // Derivatives, series, sparse derivatives: test/derivatives, test/taylor, test/sparse.
  ...['grad', 'valueAndGrad', 'gradWith', 'jvp', 'directional', 'derivative', 'jacobian', 'jacobianTransposed'],
  ...['hessian', 'hessianF', 'hvp', 'checkpoint'],
  ...['sparseJacobian', 'sparseHessian', 'SparseMatrix'],
  ...['taylor', 'maclaurin', 'derivatives', 'directionalDerivatives', 'jet'],
  // Zeros and extremes: test/solve. Rules of optimisers: test/optimise.
  ...['findZero', 'fixedPoint', 'inverse', 'extremum', 'gradientDescent', 'gradientAscent', 'lbfgs', 'newtonCG'],
  ...['conjugateGradientDescent', 'conjugateGradientAscent', 'constrainedDescent', 'levenbergMarquardt', 'last'],
  ...['adamW', 'adaMax', 'adadelta', 'adagrad', 'rmsProp'],
  // Op values of the original's names: test/host/named.test.ts.
  ...Object.keys(named),
]

function isError(value: unknown): boolean {
  return (
    value === library.BackpropError || (typeof value === 'function' && value.prototype instanceof library.BackpropError)
  )
}

test('every exported op is in the table', () => {
  const known = new Set([...[...operations, ...opsBesides].map(({ name }) => name), ...comparisons, ...others])
  const missing = Object.entries(library).filter(([name, value]) => !isError(value) && !known.has(name))
  expect(missing.map(([name]) => name)).toEqual([])
})

test('every entry of the table is exported', () => {
  for (const { name } of [...operations, ...opsBesides]) expect(library).toHaveProperty(name)
})

const all = Object.values(Opcode).filter(value => typeof value === 'number')

/** Every opcode but the number of them, and that of ops that the engine does not run. */
const unreached = [Opcode.Count, Opcode.Host]
const opcodes = all.filter(opcode => !unreached.includes(opcode))

test(
  'every opcode is run forwards and walked back over by gradients of gradients of the table',
  seeded(random => {
    const reached = new Set<number>()
    const programs = operations.flatMap(operation =>
      operation.cases
        .filter(shapes => shapes.flat().every(size => size > 0 && size <= 8))
        .map(shapes => ({ apply: operation.apply, x: operandsOf(operation, shapes, random) })),
    )
    programs.push(...opsBesides.map(({ subject: { f, points } }) => ({ apply: f as OnVars, x: [...points[0]] })))
    for (const { apply, x } of programs) {
      const weights = [0, 1].map(() => x.map(leaf => randomLike(leaf, random)))
      const scalar = (operands: Vars): Var<number> => {
        const result = apply(operands)
        return innerVar([result], [filled(result.shape, () => random.between(-1, 1), result.dtype)])
      }
      for (const f of [scalar, along(scalar, weights[0]), weights.reduce(along, scalar)]) {
        const gradient = gradBP((operands: Vars) => {
          const value = f(operands)
          for (const opcode of reachedFrom(value)) reached.add(opcode)
          return value
        })(x)
        expect(gradient.map(shapeOf)).toEqual(x.map(shapeOf))
        expect(flat(gradient).every(Number.isFinite)).toBe(true)
      }
    }
    expect(opcodes.filter(opcode => !reached.has(opcode)).map(opcode => Opcode[opcode])).toEqual([])
  }),
)
