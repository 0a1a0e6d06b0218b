/** The typed facade over bind.wasm, `backprop-wasm/inspect`. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FLAG_TENSOR, FLAG_TRANSPOSE_A, FLAG_TRANSPOSE_B } from '../../assembly/shared/layout.ts'
import { Opcode } from '../../assembly/shared/opcodes.ts'
import { Status } from '../../assembly/shared/status.ts'
import { dot, errorText, logSumExp, opcodeOf, opName, printTape, statistics } from '../../src/inspect/index.ts'
import { call } from '../../src/inspect/load.ts'
import { slots } from './slots.ts'

type OpcodeName = Exclude<keyof typeof Opcode, 'Count'>

const names = Object.keys(Opcode).filter((name): name is OpcodeName => Number.isNaN(Number(name)) && name !== 'Count')

describe('op names', () => {
  test.each(names)('%s, both ways', name => {
    expect(opName(Opcode[name])).toBe(name)
    expect(opcodeOf(name)).toBe(Opcode[name])
  })

  test('what is no op has no name', () => {
    for (const code of [-1, Opcode.Count, 255, 256, 2 ** 31, 2 ** 32, -(2 ** 40)]) expect(opName(code)).toBe('')
    for (const name of ['', 'Count', 'tanh', 'TANH', 'Tanh ', 'Ünknown', '0']) expect(opcodeOf(name)).toBe(-1)
  })
})

describe('errorText', () => {
  test('has a sentence for each status, each its own', () => {
    const codes = Object.values(Status).filter(value => typeof value === 'number')
    const texts = codes.map(errorText)
    for (const text of texts) expect(text).toMatch(/^[A-Z].{20,}\.$/)
    expect(new Set(texts).size).toBe(codes.length)
  })

  test('has nothing to say of other numbers', () => {
    expect(errorText(-1)).toBe('')
    expect(errorText(99)).toBe('')
  })
})

describe('printTape', () => {
  // Every op once with its operands %1, %2, %3: an op that is added to `Opcode` must be added here.
  const operands: Record<OpcodeName, number> = {
    ...same(0, ['Leaf', 'Host']),
    ...same(1, [
      'Identity',
      'StopGradient',
      'Cast',
      'Neg',
      'Abs',
      'Sign',
      'Exp',
      'Log',
      'Sqrt',
      'Sin',
      'Cos',
      'Tan',
      'Asin',
      'Acos',
      'Atan',
    ]),
    ...same(1, ['Sinh', 'Cosh', 'Tanh', 'Asinh', 'Acosh', 'Atanh', 'Log1p', 'Expm1', 'Logistic', 'Log1pExp']),
    ...same(1, ['Floor', 'Ceil', 'Round', 'Log1mExp', 'Gaussian', 'Erf', 'Erfc', 'NormCdf']),
    ...same(1, ['Inverf', 'Inverfc', 'InvNormCdf', 'LGamma', 'Polygamma']),
    ...same(2, ['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Atan2', 'Hypot', 'TanhBack', 'LogisticBack']),
    ...same(2, ['Max', 'Min', 'MaxShare', 'ExtremeShare', 'AddAt', 'Put']),
    ...same(2, ['Less', 'LessOrEqual', 'Equal', 'BlockMatMul', 'RowAddAt', 'RowPut']),
    ...same(1, ['Repeat', 'SumRepeats', 'RowSlice', 'RowEmbed']),
    Where: 3,
    ...same(1, ['Sum', 'Broadcast', 'RowSum', 'RowBroadcast', 'Softmax', 'LogSumExp']),
    ...same(1, ['Maximum', 'Minimum', 'Slice', 'Embed']),
    ...same(2, ['Dot', 'RowDot', 'RowScale', 'MatVec', 'MatMul', 'Outer', 'SoftmaxBack', 'SoftmaxCrossEntropy']),
    SoftmaxCrossEntropyBack: 3,
  }

  /** Ops on parts: the offset stands in place of the third operand. */
  const withOffset: readonly OpcodeName[] = [
    'Slice',
    'Embed',
    'AddAt',
    'Put',
    'RowSlice',
    'RowEmbed',
    'RowAddAt',
    'RowPut',
  ]

  test.each(names)('%s has its operands', name => {
    const line = printTape(slots({ opcode: Opcode[name], flags: FLAG_TENSOR, a: 1, b: 2, c: 3, rows: 1, cols: 4 }))
    const expected = [' %1', ' %2', ' %3'].slice(0, operands[name]).join('')
    expect(line).toBe(`%0 = ${name}${expected}${withOffset.includes(name) ? ' [3]' : ''} : 4`)
  })

  test('a network layer', () => {
    const tape = slots(
      { opcode: Opcode.Leaf, flags: FLAG_TENSOR, rows: 1, cols: 784 },
      { opcode: Opcode.Leaf, flags: FLAG_TENSOR, rows: 300, cols: 784 },
      { opcode: Opcode.Leaf, flags: FLAG_TENSOR, rows: 1, cols: 300 },
      { opcode: Opcode.MatVec, flags: FLAG_TENSOR, a: 0, b: -1, rows: 1, cols: 300 },
      { opcode: Opcode.Add, flags: FLAG_TENSOR, a: 2, b: 1, rows: 1, cols: 300 },
      { opcode: Opcode.Dot, a: 3, b: 3 },
    )
    expect(printTape(tape, 1)).toBe(
      [
        '%-1 = Leaf : 784',
        '%0 = Leaf : 300×784',
        '%1 = Leaf : 300',
        '%2 = MatVec %0 %-1 : 300',
        '%3 = Add %2 %1 : 300',
        '%4 = Dot %3 %3 : number',
      ].join('\n'),
    )
  })

  test('transposed operands', () => {
    const flags = FLAG_TENSOR | FLAG_TRANSPOSE_A | FLAG_TRANSPOSE_B
    expect(printTape(slots({ opcode: Opcode.MatMul, flags, a: 5, b: 6, rows: 2, cols: 3 }))).toBe(
      '%0 = MatMul %5ᵀ %6ᵀ : 2×3',
    )
  })

  test('attributes: for Pow the orders of its two derivatives', () => {
    const pow = (attribute: number) => printTape(slots({ opcode: Opcode.Pow, attribute, a: 1, b: 2 }))
    expect(pow(0)).toBe('%0 = Pow %1 %2 : number')
    expect(pow(0x01)).toBe('%0 = Pow %1 %2 [1,0] : number')
    expect(pow(0xf2)).toBe('%0 = Pow %1 %2 [2,15] : number')
    expect(printTape(slots({ opcode: Opcode.Neg, attribute: 200 }))).toBe('%0 = Neg %0 [200] : number')
  })

  test('a damaged slot is printed as a number', () => {
    expect(printTape(slots({ opcode: 255 }))).toBe('%0 = opcode 255 : number')
  })

  test('nothing for nothing', () => {
    expect(printTape(new Int32Array(0))).toBe('')
  })

  test('100,000 slots', () => {
    const lines = printTape(new Int32Array(800_000).fill(Opcode.Neg), 7).split('\n')
    expect(lines).toHaveLength(100_000)
    for (const [i, line] of lines.entries()) expect(line.startsWith(`%${i - 7} = `)).toBe(true)
  })
})

describe('statistics', () => {
  test('counts by name, in the order of the op numbers', () => {
    const tape = slots(...['Tanh', 'Leaf', 'Tanh', 'Dot'].map(name => ({ opcode: opcodeOf(name) })), { opcode: 255 })
    expect(statistics(tape)).toEqual({ Leaf: 1, Tanh: 2, Dot: 1, unknown: 1 })
    expect(Object.keys(statistics(tape))).toEqual(['Leaf', 'Tanh', 'Dot', 'unknown'])
  })

  test('counts every slot', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 255 })), opcodes => {
        const counts = Object.values(statistics(slots(...opcodes.map(opcode => ({ opcode, flags: 0xff })))))
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(opcodes.length)
      }),
    )
  })
})

describe('dot and logSumExp', () => {
  const floats = fc.float64Array({ minLength: 0, maxLength: 50, noNaN: true, min: -1e100, max: 1e100 })

  test('dot adds from left to right', () => {
    fc.assert(
      fc.property(floats, a => {
        const b = a.map(x => 1 / (1 + Math.abs(x)))
        expect(dot(a, b)).toBe(a.reduce((sum, x, i) => sum + x * (b[i] ?? NaN), 0))
      }),
    )
  })

  test('logSumExp lies between the maximum and the maximum + log n', () => {
    fc.assert(
      fc.property(fc.float64Array({ minLength: 1, maxLength: 50, noNaN: true, min: -1e3, max: 1e3 }), a => {
        const excess = logSumExp(a) - Math.max(...a)
        expect(excess).toBeGreaterThanOrEqual(0)
        expect(excess).toBeLessThanOrEqual(Math.log(a.length) + 1e-12)
      }),
    )
  })

  test.each([
    { a: [], result: -Infinity },
    { a: [-Infinity, -Infinity], result: -Infinity },
    { a: [1, Infinity], result: Infinity },
    { a: [1, NaN], result: NaN },
    { a: [NaN, Infinity], result: NaN },
    { a: [-Infinity, 3], result: 3 },
    { a: [1e308], result: 1e308 },
  ])('logSumExp of $a is $result', ({ a, result }) => {
    expect(logSumExp(Float64Array.from(a))).toBe(result)
  })
})

describe('wrong arguments', () => {
  const untyped = (value: unknown) => value as never

  test.each<[string, () => unknown, ErrorConstructor, RegExp]>([
    ['opName', () => opName(1.5), TypeError, /opName: opcode must be a whole number; it is 1.5/],
    ['opName', () => opName(untyped('1')), TypeError, /whole number/],
    ['opcodeOf', () => opcodeOf(untyped(3)), TypeError, /opcodeOf: the name must be a string, not number/],
    ['errorText', () => errorText(NaN), TypeError, /whole number; it is NaN/],
    ['printTape', () => printTape(untyped([0])), TypeError, /Int32Array/],
    ['printTape', () => printTape(new Int32Array(9)), RangeError, /8 words, and 9 is no multiple/],
    ['printTape', () => printTape(new Int32Array(8), 2), RangeError, /from 0 to 1, the number of slots; it is 2/],
    ['printTape', () => printTape(new Int32Array(8), -1), RangeError, /it is -1/],
    ['statistics', () => statistics(new Int32Array(1)), RangeError, /copy whole slots of 32 bytes/],
    ['dot', () => dot(untyped([1]), new Float64Array(1)), TypeError, /dot: a must be a Float64Array/],
    ['dot', () => dot(new Float64Array(1), new Float64Array(2)), RangeError, /a has 1 elements and b has 2/],
    ['logSumExp', () => logSumExp(untyped(null)), TypeError, /logSumExp: a must be/],
  ])('%s says what is wrong', (_name, use, Kind, message) => {
    expect(use).toThrow(Kind)
    expect(use).toThrow(message)
  })

  test('are found before the call, so 20,000 of them cost no memory', () => {
    const memory = () => call(bind => (bind as unknown as { memory: WebAssembly.Memory }).memory.buffer.byteLength)
    const before = memory()
    const a = new Float64Array(1000)
    const b = new Float64Array(999)
    for (let i = 0; i < 20_000; i++) expect(() => dot(a, b)).toThrow(RangeError)
    expect(memory()).toBe(before)
  })

  test('an instance that threw is not used again', () => {
    const instance = () => call(bind => bind)
    const first = instance()
    expect(instance()).toBe(first)
    expect(() => call(() => { throw new Error('out of memory') })).toThrow('out of memory') // prettier-ignore
    expect(instance()).not.toBe(first)
    expect(opName(0)).toBe('Leaf')
  })
})

function same<K extends string>(count: number, keys: readonly K[]): Record<K, number> {
  return Object.fromEntries(keys.map(key => [key, count])) as Record<K, number>
}
