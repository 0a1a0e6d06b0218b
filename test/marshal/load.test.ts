/** Numbers of other types loaded into residents, views of residents, parts that are assigned. */
import {
  evalBP,
  gradBP,
  resident,
  ResidentError,
  ShapeMismatchError,
  sgdStep,
  SizeError,
  StructureMismatchError,
  sum,
  UsageError,
  vector,
  zeros,
  zeros32,
  type BVar,
  type Loadable,
  type Resident,
  type Var,
  type Vector,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { engine } from '../../src/wasm/engine.ts'
import { expectFailure, expectUsable } from '../support/failures.ts'
import { flat } from '../support/plain.ts'
import { Random } from '../support/random.ts'

type Maker = (bytes: ArrayBuffer, byteOffset: number, length: number) => Loadable
const types: readonly (readonly [string, number, Maker])[] = [
  ['Uint8Array', 1, (buffer, at, n) => new Uint8Array(buffer, at, n)],
  ['Uint8ClampedArray', 1, (buffer, at, n) => new Uint8ClampedArray(buffer, at, n)],
  ['Float32Array', 4, (buffer, at, n) => new Float32Array(buffer, at, n)],
  ['Float64Array', 8, (buffer, at, n) => new Float64Array(buffer, at, n)],
]
const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 63, 65, 127, 129, 784, 1001]
const conversions = [
  {},
  { scale: 1 / 255 },
  { offset: -0.5 },
  { scale: -3, offset: 1e10 },
  { scale: 0, offset: -1e300 },
]

/** Numbers of a type, behind some elements of the same buffer: nothing is aligned to more than one of them. */
function numbers(bytes: number, make: Maker, n: number, skip: number): Loadable {
  const random = new Random(n + 1)
  const source = make(new ArrayBuffer(bytes * (n + skip)), bytes * skip, n)
  for (let i = 0; i < n; i++) source[i] = bytes === 1 ? Math.floor(random.between(0, 256)) : random.between(-1e3, 1e3)
  return source
}

describe.each(types)('load from %s', (_name, bytes, make) => {
  test('every size, views that begin anywhere, every conversion, bit for bit; neighbours stay', () => {
    for (const n of sizes) {
      for (const skip of [0, 1, 3]) {
        const source = numbers(bytes, make, n, skip)
        for (const options of conversions) {
          const { scale = 1, offset = 0 } = options
          using before = resident(vector(new Float64Array(8).fill(7)))
          using target = resident(vector(new Float64Array(n).fill(NaN)))
          using after = resident(vector(new Float64Array(8).fill(7)))
          target.load(source, options)
          expect(flat(target.read())).toEqual(Array.from(source, x => scale * x + offset))
          expect(flat([before.read(), after.read()])).toEqual(new Array(16).fill(7))
        }
      }
    }
  })

  test('into float32: rounded once, at every size', () => {
    for (const n of sizes) {
      const source = numbers(bytes, make, n, 1)
      for (const options of conversions) {
        const { scale = 1, offset = 0 } = options
        using before = resident(vector(new Float64Array(8).fill(7)))
        using target = resident(zeros32(n))
        using after = resident(vector(new Float64Array(8).fill(7)))
        target.load(source, options)
        const expected = Float32Array.from(source, x => scale * x + offset)
        expect(target.read().data).toEqual(expected)
        target.withView(view => {
          expect(view).toEqual(expected)
        })
        expect(flat([before.read(), after.read()])).toEqual(new Array(16).fill(7))
      }
    }
    const source = numbers(bytes, make, 15, 0)
    using target = resident(zeros32(4, 3))
    target.load(source, { rows: [4, 0, 4, 2], scale: 0.5 })
    const expected = [4, 0, 4, 2].flatMap(row => Array.from(source.subarray(3 * row, 3 * row + 3), x => 0.5 * x))
    expect(flat(target.read())).toEqual(expected.map(Math.fround))
  })

  test('rows, in any order and more than once', () => {
    for (const size of [1, 3, 8, 784]) {
      const source = numbers(bytes, make, 5 * size, 1)
      const rows = [4, 0, 4, 2]
      using target = resident(zeros(4, size))
      target.load(source, { rows, scale: 0.5 })
      const expected = rows.flatMap(row => Array.from(source.subarray(row * size, (row + 1) * size), x => 0.5 * x))
      expect(flat(target.read())).toEqual(expected)
      using one = resident(zeros(1, size))
      one.load(source, { rows: Uint32Array.of(3) })
      expect(flat(one.read())).toEqual(Array.from(source.subarray(3 * size, 4 * size)))
    }
    using vectorOfRows = resident(zeros(3))
    vectorOfRows.load(numbers(bytes, make, 4, 0), { rows: [3, 3, 0] })
    using nothing = resident(zeros(0, 3))
    nothing.load(numbers(bytes, make, 6, 0), { rows: [] })
    using empty = resident(zeros(2, 0))
    empty.load(numbers(bytes, make, 0, 0), { rows: [7, 1] })
  })
})

describe('convert', () => {
  test('the source may be the last bytes of the target, or stand anywhere else', () => {
    const { exports, memory } = engine()
    const n = 1003
    const source = Uint8Array.from({ length: n }, (_, i) => (7 * i) & 255)
    const y = memory.allocate(8 * n)
    const x = memory.allocate(n + 3)
    for (const at of [x, x + 1, x + 3, y + 7 * n]) {
      memory.u8.set(source, at)
      exports.convertBytes(n, 1 / 255, 0, at, y)
      expect(Array.from(memory.f64.subarray(y / 8, y / 8 + n))).toEqual(Array.from(source, b => b * (1 / 255)))
    }
    memory.free(x)
    memory.free(y)
  })
})

describe('load refuses', () => {
  test('what does not fit, and changes nothing', () => {
    using target = resident(vector([1, 2, 3, 4], 4))
    using table = resident(zeros(2, 2))
    using pair = resident({ a: 1, b: vector([2]) })
    const failures: readonly (readonly [() => unknown, new (...args: never[]) => Error, RegExp])[] = [
      [
        () => {
          target.load(new Uint8Array(3))
        },
        SizeError,
        /4 numbers, the source 3/,
      ],
      [
        () => {
          target.load([1, 2, 3, 4] as never)
        },
        UsageError,
        /source is an array/,
      ],
      [
        () => {
          target.load(new Int16Array(4) as never)
        },
        UsageError,
        /Give a Float64Array/,
      ],
      [
        () => {
          target.load(new Uint8Array(4), { scale: '2' as never })
        },
        UsageError,
        /^load: scale is '2', but must be a finite number/,
      ],
      [
        () => {
          target.load(new Uint8Array(4), { scale: NaN })
        },
        UsageError,
        /^load: scale is NaN, but must be a finite number/,
      ],
      [
        () => {
          target.load(new Uint8Array(4), { offset: NaN })
        },
        UsageError,
        /^load: offset is NaN, but must be a finite number/,
      ],
      [
        () => {
          target.load(new Uint8Array(4), { offset: null as never })
        },
        UsageError,
        /^load: offset is null, but must be a finite number/,
      ],
      [
        () => {
          target.load(new Uint8Array(4), { shift: 1 } as never)
        },
        UsageError,
        /^load: there is no option 'shift'\. The options are \{ scale, offset, rows \}/,
      ],
      [
        () => {
          table.load(new Uint8Array(4), { rows: 1 as never })
        },
        UsageError,
        /^load: rows is 1, but must be an array of rows/,
      ],
      [
        () => {
          table.load(new Uint8Array(4), { rows: ['0', '1'] as never })
        },
        UsageError,
        /^load: a row, at 0, is the string '0', but must be a number/,
      ],
      [
        () => {
          table.load(new Uint8Array(8), { rows: [0] })
        },
        SizeError,
        /1 rows are chosen for a target of 2/,
      ],
      [
        () => {
          table.load(new Uint8Array(8), { rows: [0, 4] })
        },
        SizeError,
        /row 4 is outside 0 … 3/,
      ],
      [
        () => {
          table.load(new Uint8Array(8), { rows: [0, -1] })
        },
        SizeError,
        /row -1/,
      ],
      [
        () => {
          table.load(new Uint8Array(8), { rows: [0, 0.5] })
        },
        SizeError,
        /row 0.5/,
      ],
      [
        () => {
          table.load(new Uint8Array(7), { rows: [0, 1] })
        },
        SizeError,
        /no whole rows of 2/,
      ],
      [
        () => {
          ;(pair as never as Resident<number>).load(new Uint8Array(2))
        },
        UsageError,
        /a structure/,
      ],
    ]
    for (const [body, type, message] of failures) expectFailure(body, type, message)
    expect(flat([target.read(), table.read()])).toEqual([1, 2, 3, 4, 0, 0, 0, 0])
  })

  test('what is freed, or read by an open run', () => {
    const target = resident(vector([1, 2]))
    evalBP((x: Var<Vector>) => {
      expect(() => {
        target.load(new Uint8Array(2))
      }).toThrow(ResidentError)
      return sum(x)
    })(target)
    target.free()
    expectFailure(
      () => {
        target.load(new Uint8Array(2))
      },
      ResidentError,
      /freed/,
    )
  })

  test('a number is a target, too', () => {
    using target = resident(0)
    target.load(new Uint8Array([51]), { scale: 1 / 255 })
    expect(target.read()).toBe(51 * (1 / 255))
  })
})

describe('withView', () => {
  test('shows and changes the elements, number and tensor, in any structure', () => {
    using target = resident({ n: 2, rows: [vector([3, 4]), zeros(2, 2)], tag: 'a' } as const)
    const total = target.withView(view => {
      expect(view.tag).toBe('a')
      view.rows[1].fill(5)
      view.n[0] = -1
      return view.rows[0].reduce((s, x) => s + x, 0)
    })
    expect(total).toBe(7)
    expect(flat(target.read())).toEqual([-1, 3, 4, 5, 5, 5, 5])
  })

  test('meanwhile nothing changes the value, and memory does not grow', () => {
    using w = resident(vector([1, 2]))
    const step = sgdStep((v: Var<Vector>) => sum(v), { rate: 1 })
    w.withView(view => {
      for (const change of [
        () => step(w),
        () => {
          w.write(vector([3, 4]))
        },
        () => {
          w.load(new Uint8Array(2))
        },
        () => {
          w.free()
        },
        () => {
          w.withView(() => 0)
        },
      ]) {
        expect(change).toThrow(ResidentError)
      }
      expect(evalBP((v: Var<Vector>) => sum(v))(w)).toBe(3)
      expect(() => resident(zeros(2 ** 22))).toThrow(/^withView: there is no room/)
      expect(view.length).toBe(2)
      view[0] = 10
    })
    expect(flat(w.read())).toEqual([10, 2])
    resident(zeros(2 ** 22)).free()
    expectUsable()
  })

  test('ends when the function throws, or gives a promise', () => {
    using w = resident(vector([1, 2]))
    expect(() =>
      w.withView(() => {
        throw new Error('mine')
      }),
    ).toThrow('mine')
    expect(() => w.withView(() => Promise.resolve(1))).toThrow(UsageError)
    w.write(vector([3, 4]))
    expect(flat(gradBP((v: Var<Vector>) => sum(v))(w))).toEqual([1, 1])
  })
})

describe('assign', () => {
  test('changes the parts that are given, and no others', () => {
    using line = resident({ slope: 1, start: { x: vector([2, 3]), y: 4 } })
    line.assign({ slope: 5 })
    line.assign({ start: { x: vector([6, 7]), y: 8 } })
    line.assign({})
    expect(flat(line.read())).toEqual([5, 6, 7, 8])
    expect(
      gradBP((p: BVar<{ slope: number; start: { x: Vector; y: number } }>) => p.slope.mul(p.slope))(line).slope,
    ).toBe(10)
  })

  test('refuses what does not fit, and changes nothing', () => {
    using line = resident({ slope: 1, start: vector([2, 3]) })
    expectFailure(
      () => {
        line.assign({ slop: 2 } as never)
      },
      StructureMismatchError,
      /assign\.slop/,
    )
    expectFailure(
      () => {
        line.assign({ slope: vector([1]) as never })
      },
      StructureMismatchError,
      /assign\.slope/,
    )
    expectFailure(
      () => {
        line.assign({ slope: 9, start: vector([1]) })
      },
      ShapeMismatchError,
      /assign\.start/,
    )
    using bare = resident(vector([1]))
    expectFailure(() => {
      bare.assign({ x: 1 } as never)
    }, StructureMismatchError)
    evalBP((p: BVar<{ slope: number; start: Vector }>) => {
      expect(() => {
        line.assign({ slope: 2 })
      }).toThrow(ResidentError)
      return p.slope
    })(line)
    expect(flat(line.read())).toEqual([1, 2, 3])
  })
})
