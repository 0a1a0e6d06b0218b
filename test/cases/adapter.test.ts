/** Every part of an answer, for the named functions and for residuals, against plain arithmetic and differences. */
import { describe, expect, test } from 'vitest'
import { seeded, type Random } from '../support/random.ts'
import { run, type Answer } from './adapter.ts'
import * as plain from './adbench/plain.ts'
import {
  difference,
  drawn,
  gradientByDifferences,
  hessianByDifferences,
  jacobianByDifferences,
  numbersOf,
  plainly,
  type PlainFunction,
} from './reference.ts'
import type { Case, CaseTensor, Shared } from './schema.ts'

type Named = Readonly<Record<string, CaseTensor>>

/** A tensor by its rows. */
const matrix = (rows: readonly (readonly number[])[]): CaseTensor => ({
  shape: [rows.length, rows[0].length],
  data: rows.flat(),
})

function expectTensor(answer: Answer, part: string, wanted: CaseTensor, tolerance: number): void {
  expect(difference(wanted, answer[part] as CaseTensor | undefined, tolerance), part).toBeUndefined()
}

function expectNamed(answer: Answer, part: string, wanted: Named, tolerance: number): void {
  const given = answer[part] as Named
  for (const name of Object.keys(wanted)) {
    expect(difference(wanted[name], given[name], tolerance), `${part} ${name}`).toBeUndefined()
  }
}

/** Runs a case of a named function, compares value and gradient, and returns the answer. */
function checked(c: Case, f: PlainFunction, shared: Shared = {}): Answer {
  const answer = run(c, shared)
  const value = f(plainly(c.inputs))
  expectTensor(answer, 'value', { shape: value.length === 1 ? [] : [value.length], data: value }, 1e-12)
  const ones = value.map(() => 1)
  expectNamed(answer, 'grad', gradientByDifferences(f, c.inputs, c.wrt!, ones), 1e-8)
  return answer
}

/** The Jacobian by an input, its sizes behind those of a vector. */
function jacobianTensor(f: PlainFunction, inputs: Named, name: string): CaseTensor {
  const rows = jacobianByDifferences(f, inputs, name)
  return { shape: [rows.length, ...inputs[name].shape], data: rows.flat() }
}

describe('adbench.ba', () => {
  const inputs = (draw: ReturnType<typeof drawn>) => ({
    cam: draw([11], [0.2, 1]),
    X: draw([3], [3, 4]),
    w: draw([]),
    feat: draw([2]),
  })
  const wrt = ['cam', 'X', 'w']
  const expected = { jacobian: { cam: 0, X: 0, w: 0 } }

  test(
    'value, gradient and Jacobian',
    seeded(random => {
      const c: Case = { id: 'ba', fn: 'adbench.ba', inputs: inputs(drawn(random)), wrt, expected }
      const answer = checked(c, plain.ba)
      for (const name of wrt) {
        const wanted = { [name]: jacobianTensor(plain.ba, c.inputs, name) }
        expectNamed(answer, 'jacobian', wanted, 1e-8)
      }
    }),
  )

  test(
    'no rotation, and the smallest',
    seeded(random => {
      const given = inputs(drawn(random))
      const turned = (r: number[]) => {
        const cam = { shape: [11], data: [...r, ...given.cam.data.slice(3)] }
        return run({ id: 'ba', fn: 'adbench.ba', inputs: { ...given, cam }, wrt, expected })
      }
      const none = turned([0, 0, 0])
      for (const tiny of [1e-5, 1e-9, 1e-150, 5e-324]) {
        const answer = turned([tiny, -tiny, tiny])
        expectTensor(answer, 'value', none['value'] as CaseTensor, 10 * tiny + 1e-12)
        expectNamed(answer, 'jacobian', none['jacobian'] as Named, 100 * tiny + 1e-12)
      }
    }),
  )
})

test(
  'adbench.gmm: value, gradient and Hessian',
  seeded(random => {
    const draw = drawn(random)
    const inputs = {
      alphas: draw([2]),
      means: draw([2, 3]),
      icf: draw([2, 6]),
      x: draw([4, 3]),
      gamma: { shape: [], data: [1.5] },
      m: { shape: [], data: [2] },
    }
    const wrt = ['alphas', 'means', 'icf']
    const answer = checked({ id: 'gmm', fn: 'adbench.gmm', inputs, wrt, expected: { hessian: {} } }, plain.gmm)
    expectTensor(answer, 'hessian', matrix(hessianByDifferences(plain.gmm, inputs, wrt)), 1e-6)
  }),
)

test(
  'adbench.lstm: value, gradient and product of the Hessian with a vector, in the order that is asked for',
  seeded(random => {
    const draw = drawn(random)
    const inputs = { main: draw([4, 8]), extra: draw([3, 2]), state: draw([4, 2]), sequence: draw([4, 2]) }
    const order = ['extra', 'main']
    const vector = draw([38])
    const expected = { hvp: { vector, order } }
    const f = plain.lstm(2)
    const answer = checked({ id: 'lstm', fn: 'adbench.lstm', inputs, wrt: ['main', 'extra'], expected }, f)
    const direction = numbersOf(vector)
    const product = hessianByDifferences(f, inputs, order).map(row =>
      row.reduce((sum, value, i) => sum + value * direction[i], 0),
    )
    expectTensor(answer, 'hvp', { shape: [38], data: product }, 1e-6)
  }),
)

describe('adbench.hand', () => {
  const bones = 22
  const made = (random: Random) => {
    const numbers = (n: number) => Array.from({ length: n }, () => random.between(-1, 1))
    const whole = (n: number, below: number) => Array.from({ length: n }, () => random.below(below))
    const hand: plain.PlainHand = {
      parents: [-1, ...Array.from({ length: bones - 1 }, (_, i) => random.below(i + 1))],
      baseRelatives: numbers(16 * bones),
      inverseBaseAbsolutes: numbers(16 * bones),
      basePositions: numbers(4 * 6),
      weights: numbers(bones * 6),
      triangles: whole(3 * 4, 6),
    }
    const shared: Shared = {
      hand: {
        parents: { shape: [bones], data: hand.parents },
        baseRelatives: { shape: [bones, 4, 4], data: hand.baseRelatives },
        inverseBaseAbsolutes: { shape: [bones, 4, 4], data: hand.inverseBaseAbsolutes },
        basePositions: { shape: [6, 4], data: hand.basePositions },
        weights: {
          shape: [6, bones],
          sparse: hand.weights.map((value, at) => [Math.floor(at / bones), at % bones, value] as const),
        },
        triangles: { shape: [4, 3], data: hand.triangles },
      },
    }
    const draw = drawn(random)
    const inputs = {
      theta: draw([26]),
      correspondences: { shape: [2], data: whole(2, 4) },
      points: draw([2, 3]),
    }
    return { hand, shared, draw, inputs }
  }

  test(
    'simple: value, gradient and Jacobian',
    seeded(random => {
      const { hand, shared, inputs } = made(random)
      const expected = { jacobian: { theta: 0 } }
      const c: Case = { id: 'h', fn: 'adbench.handSimple', shared: ['hand'], inputs, wrt: ['theta'], expected }
      const f = plain.handSimple(hand)
      const answer = checked(c, f, shared)
      const theta = jacobianByDifferences(f, inputs, 'theta')
      expectNamed(answer, 'jacobian', { theta: { shape: [2, 3, 26], data: theta.flat() } }, 1e-8)
    }),
  )

  test(
    'simple: a hand that is not turned',
    seeded(random => {
      const { hand, shared, inputs } = made(random)
      const theta = { shape: [26], data: [0, 5e-5, 0, ...inputs.theta.data.slice(3)] }
      const c: Case = {
        id: 'h',
        fn: 'adbench.handSimple',
        shared: ['hand'],
        inputs: { ...inputs, theta },
        expected: {},
      }
      const value = plain.handSimple(hand)(plainly(c.inputs))
      expectTensor(run(c, shared), 'value', { shape: [6], data: value }, 1e-12)
    }),
  )

  test(
    'complicated: value, gradient, Jacobian and the blocks of the points',
    seeded(random => {
      const { hand, shared, draw, inputs: rest } = made(random)
      const inputs = { ...rest, us: draw([2, 2]) }
      const wrt = ['us', 'theta']
      const expected = { jacobian: { theta: 0 }, jacobianBlocks: { us: 0 } }
      const c: Case = { id: 'h', fn: 'adbench.handComplicated', shared: ['hand'], inputs, wrt, expected }
      const f = plain.handComplicated(hand)
      const answer = checked(c, f, shared)
      const theta = jacobianByDifferences(f, inputs, 'theta')
      expectNamed(answer, 'jacobian', { theta: { shape: [2, 3, 26], data: theta.flat() } }, 1e-8)
      const us = jacobianByDifferences(f, inputs, 'us')
      const blocks = us.flatMap((row, i) => row.slice(2 * Math.floor(i / 3), 2 * Math.floor(i / 3) + 2))
      expectNamed(answer, 'jacobianBlocks', { us: { shape: [2, 3, 2], data: blocks } }, 1e-8)
      expect(Object.keys(answer['jacobian'])).toEqual(['theta'])
      expect(Object.keys(answer['jacobianBlocks'])).toEqual(['us'])
    }),
  )
})

describe('programs', () => {
  const x = [0.5, 1, 2]
  const y = [1, -1, 0.5]
  // Σ (y − b₀·exp(b₁·x))², with constants of every kind.
  const c: Case = {
    id: 'fit',
    program: {
      steps: [
        { id: 'b0', op: 'index', args: ['b'], attrs: { at: [0] } },
        { id: 'b1', op: 'index', args: ['b'], attrs: { at: [1] } },
        { id: 's', op: 'mul', args: ['b1', { shape: [3], data: x }] },
        { id: 'e', op: 'exp', args: ['s'] },
        { id: 'f', op: 'mul', args: ['b0', 'e'] },
        { id: 'r', op: 'sub', args: ['y', 'f'] },
        { id: 'sq', op: 'pow', args: ['r', 2] },
        { id: 'sum', op: 'sum', args: ['sq'] },
        { id: 'unused', op: 'conv2d', args: ['y', 'y'] },
      ],
      out: 'sum',
    },
    residual: 'r',
    inputs: { b: { shape: [2], data: [0.7, 0.3] }, y: { shape: [3], data: y } },
    wrt: ['b'],
    expected: { residual: {}, residualJacobian: {}, JtJ: {}, hessian: {} },
  }
  const residual: PlainFunction = ({ b, y }) => x.map((value, i) => y[i] - b[0] * Math.exp(b[1] * value))
  const loss: PlainFunction = inputs => [residual(inputs).reduce((sum, value) => sum + value * value, 0)]

  test('value, gradient, Hessian, residual, its Jacobian J and JᵀJ', () => {
    const answer = checked(c, loss)
    expectTensor(answer, 'residual', { shape: [3], data: residual(plainly(c.inputs)) }, 1e-14)
    const j = jacobianByDifferences(residual, c.inputs, 'b')
    expectTensor(answer, 'residualJacobian', matrix(j), 1e-9)
    const jtj = [0, 1].map(a => [0, 1].map(b => j.reduce((sum, row) => sum + row[a] * row[b], 0)))
    expectTensor(answer, 'JtJ', matrix(jtj), 1e-9)
    expectTensor(answer, 'hessian', matrix(hessianByDifferences(loss, c.inputs, ['b'])), 1e-6)
  })

  test('a part that is not expected is not computed', () => {
    expect(Object.keys(run({ ...c, expected: {} }))).toEqual(['value', 'grad'])
  })

  test('the numbers that JSON lacks', () => {
    const given: CaseTensor = { shape: [4], data: ['NaN', 'Infinity', '-Infinity', '-0'] }
    const steps = [{ id: 's', op: 'reciprocal', args: ['x'] }]
    const answer = run({ id: 'r', program: { steps, out: 's' }, inputs: { x: given }, wrt: ['x'], expected: {} })
    expect((answer['value'] as CaseTensor).data).toEqual([NaN, 0, -0, -Infinity])
  })

  test('an output that is an input, and one that does not depend on any', () => {
    const inputs = { x: { shape: [2], data: [1, 2] } }
    const identity = run({ id: 'i', program: { steps: [], out: 'x' }, inputs, wrt: ['x'], expected: {} })
    expect(identity).toEqual({ value: { shape: [2], data: [1, 2] }, grad: { x: { shape: [2], data: [1, 1] } } })
    const steps = [{ id: 's', op: 'add', args: [1, 2] }]
    const constant = run({ id: 'c', program: { steps, out: 's' }, inputs, wrt: ['x'], expected: {} })
    expect(constant).toEqual({ value: { shape: [], data: [3] }, grad: { x: { shape: [2], data: [0, 0] } } })
  })

  test('a name that was not given is an error, not an answer', () => {
    const steps = [{ id: 's', op: 'neg', args: ['z'] }]
    expect(() => run({ id: 'n', program: { steps, out: 's' }, inputs: {}, wrt: [], expected: {} })).toThrow('"z"')
  })
})

describe('conventions of the language', () => {
  /** Value and gradient of one op on vectors. */
  const one = (op: string, operands: readonly CaseTensor[], attrs = {}) => {
    const inputs = Object.fromEntries(operands.map((operand, i) => [`x${i}`, operand]))
    const names = Object.keys(inputs)
    const steps = [{ id: 's', op, args: names, attrs }]
    const { value, grad } = run({ id: op, program: { steps, out: 's' }, inputs, wrt: names, expected: {} })
    return { value: value as CaseTensor, grad: Object.values(grad) as CaseTensor[] }
  }
  const vector = (...data: (number | string)[]): CaseTensor => ({ shape: [data.length], data })

  test.each<[op: string, attrs: object, operands: CaseTensor[], value: number[], slopes: number[]]>([
    ['round', {}, [vector(0.5, 1.5, 2.5, -0.5, -1.5)], [0, 2, 2, -0, -2], [0, 0, 0, 0, 0]],
    ['mod', {}, [vector(-5, 5, 5.5), vector(3, -3, 2)], [1, -1, 1.5], [1, 1, 1]],
    ['relu', {}, [vector('NaN', 0, '-0', 2)], [NaN, 0, 0, 2], [1, 0, 0, 1]],
    ['relu6', {}, [vector('NaN', 0, 6, 7)], [NaN, 0, 6, 6], [1, 0, 1, 0]],
    ['clip', { lo: -1, hi: 1 }, [vector(-1, 1, 'NaN', 3)], [-1, 1, NaN, 1], [1, 1, 1, 0]],
    ['step', { alpha: 0.5 }, [vector('NaN', 0, 1)], [NaN, 0.5, 1], [0, 0, 0]],
    ['elu', {}, [vector(-800, 0, 800)], [-1, 0, 800], [0, 1, 1]],
    ['softplus', {}, [vector(-800, 800)], [0, 800], [0, 1]],
    [
      'logaddexp',
      {},
      [vector('-Infinity', 'Infinity'), vector('-Infinity', 'Infinity')],
      [-Infinity, Infinity],
      [0.5, 0.5],
    ],
    ['maximum', {}, [vector(1, 2), vector(1, 3)], [1, 3], [0.5, 0]],
  ])('%s %j at its edges', (op, attrs, operands, value, slopes) => {
    const answer = one(op, operands, attrs)
    expect(answer.value.data).toEqual(value)
    expect(answer.grad[0].data.map(slope => Number(slope) + 0)).toEqual(slopes)
  })

  test('the norm of zeros has the gradient 0', () => {
    expect(one('norm', [vector(0, 0)])).toEqual({ value: { shape: [], data: [0] }, grad: [vector(0, 0)] })
  })

  test.each<[op: string, attrs: object, shapes: number[][], shape: number[]]>([
    [
      'add',
      {},
      [
        [1, 3],
        [0, 3],
      ],
      [0, 3],
    ],
    ['sum', { axis: 0 }, [[0, 3]], [3]],
    ['sum', { axis: 1 }, [[0, 3]], [0]],
    [
      'matMul',
      {},
      [
        [2, 0],
        [0, 3],
      ],
      [2, 3],
    ],
    [
      'matMul',
      {},
      [
        [0, 2, 3],
        [3, 1],
      ],
      [0, 2, 1],
    ],
    [
      'concat',
      { axis: 1 },
      [
        [0, 3],
        [0, 3],
      ],
      [0, 6],
    ],
    ['reverse', {}, [[0, 3]], [0, 3]],
    ['slice', { begin: [1, 0], size: [0, 3] }, [[2, 3]], [0, 3]],
    ['tile', { reps: [2, 2] }, [[0, 3]], [0, 6]],
    [
      'pad',
      {
        paddings: [
          [1, 0],
          [0, 0],
        ],
      },
      [[0, 3]],
      [1, 3],
    ],
    ['gather', { indices: { shape: [0], data: [] }, axis: 0 }, [[2, 3]], [0, 3]],
    ['reshape', { shape: [3, 0] }, [[0, 3]], [3, 0]],
    ['softmax', {}, [[0, 3]], [0, 3]],
  ])('%s %j of tensors without elements', (op, attrs, shapes, shape) => {
    const zeros = (sizes: readonly number[]): CaseTensor => ({
      shape: sizes,
      data: new Array<number>(sizes.reduce((a, b) => a * b, 1)).fill(0),
    })
    const answer = one(op, shapes.map(zeros), attrs)
    expect(answer.value).toEqual(zeros(shape))
    expect(answer.grad.map(gradient => gradient.shape)).toEqual(shapes)
  })
})
