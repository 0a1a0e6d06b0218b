/** Once through data: order, batches, conversion, pauses, and what ends an epoch. */
import {
  adam,
  compile,
  epoch,
  matVec,
  oneHot,
  resident,
  ResidentError,
  sgdStep,
  SizeError,
  softmaxCrossEntropy,
  squaredError,
  table,
  trainStep,
  UsageError,
  vector,
  zeros,
  type Matrix,
  type Matrix32,
  type Progress,
  type Resident,
  type Var,
  type Vector,
  type Vector32,
} from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { expectClose, flat } from '../support/plain.ts'
import { bytesInUse } from '../support/tape.ts'

const bytes = table(
  Uint8Array.from({ length: 14 }, (_, i) => i),
  [2],
  { scale: 0.5, offset: 1 },
)
const names = oneHot([2, 0, 1, 1, 2, 0, 0], 3)

/** The rows that each step gets, and all pauses. */
function rowsOf(options: { order?: number[]; batch?: number; dropLast?: boolean }): unknown {
  const seen: number[][] = []
  const look = (x: Resident<never>, t: Resident<never>): number => {
    seen.push([...flat(x.read()), ...flat(t.read())])
    return seen.length
  }
  const pauses = Array.from(
    options.batch === undefined
      ? epoch([bytes, names], look as never, { order: options.order ?? [0, 1, 2, 3, 4, 5, 6], sliceMillis: 0 })
      : epoch([bytes, names], look as never, { ...options, batch: options.batch, sliceMillis: 0 }),
  )
  return { seen, pauses }
}

const row = (i: number): number[] => [i + 1, i + 1.5]
const target = (i: number): number[] => [0, 1, 2].map(k => (k === [2, 0, 1, 1, 2, 0, 0][i] ? 1 : 0))

describe('epoch', () => {
  test('rows one by one, in order and as told', () => {
    expect(rowsOf({})).toEqual({
      seen: [0, 1, 2, 3, 4, 5, 6].map(i => [...row(i), ...target(i)]),
      pauses: [1, 2, 3, 4, 5, 6, 7].map(i => ({ steps: i, rows: i, loss: i })),
    })
    expect((rowsOf({ order: [5, 5, 0] }) as { seen: unknown }).seen).toEqual(
      [5, 5, 0].map(i => [...row(i), ...target(i)]),
    )
  })

  test('batches, the last one smaller, or left out', () => {
    const batch = (...rows: number[]): number[] => [...rows.flatMap(row), ...rows.flatMap(target)]
    expect(rowsOf({ batch: 3 })).toEqual({
      seen: [batch(0, 1, 2), batch(3, 4, 5), batch(6)],
      pauses: [
        { steps: 1, rows: 3, loss: 1 },
        { steps: 2, rows: 6, loss: 2 },
        { steps: 3, rows: 7, loss: 3 },
      ],
    })
    expect(rowsOf({ batch: 3, dropLast: true, order: [6, 4, 2, 0] })).toEqual({
      seen: [batch(6, 4, 2)],
      pauses: [{ steps: 1, rows: 3, loss: 1 }],
    })
    expect((rowsOf({ batch: 10 }) as { seen: unknown }).seen).toEqual([batch(0, 1, 2, 3, 4, 5, 6)])
  })

  test('numbers as rows: numbers one by one, vectors in batches', () => {
    const numbers = table(Float32Array.of(1, 2, 3), [])
    const one: number[] = []
    Array.from(epoch([numbers], x => one.push(x.read())))
    expect(one).toEqual([1, 2, 3])
    const two: number[][] = []
    Array.from(epoch([numbers], x => two.push(x.read().toArray()), { batch: 2 }))
    expect(two).toEqual([[1, 2], [3]])
  })

  test('tensors of float32, if it is said; numbers stay float64', () => {
    const numbers = table(Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7), [], { offset: 1 })
    const seen: number[] = []
    for (const { steps } of epoch(
      [bytes, numbers],
      (x, t) => {
        const batch: Matrix32<number, 2> = x.read()
        const targets: Vector32 = t.read()
        expect([batch.dtype, targets.dtype]).toEqual(['float32', 'float32'])
        return seen.push(...flat(batch), ...flat(targets))
      },
      { batch: 2, order: [0, 2, 1], dtype: 'float32' },
    )) {
      expect(steps).toBe(2)
    }
    expect(seen).toEqual([...row(0), ...row(2), 1.1, 1.3, ...row(1), 1.2].map(Math.fround))
    for (const { rows } of epoch([numbers], x => x.read() - 1.1, { order: [0], dtype: 'float32' })) expect(rows).toBe(1)
    expect(() => epoch([bytes], () => 1, { dtype: 'float16' as never })).toThrow(UsageError)
  })

  test('pauses by time, gives the means of slices and of all', () => {
    const losses = [4, 2, 3, 5, 1, 0, 6]
    let i = 0
    const run = epoch([bytes], () => losses[i++] ?? 0, { sliceMillis: 1e6 })
    expect(run.next()).toEqual({ done: false, value: { steps: 7, rows: 7, loss: 3 } })
    expect(run.next()).toEqual({ done: true, value: { steps: 7, rows: 7, loss: 3 } })
    i = 0
    const each = epoch([bytes], () => losses[i++] ?? 0, { sliceMillis: 0 })
    let step = each.next()
    const seen: number[] = []
    while (step.done !== true) {
      seen.push(step.value.loss)
      step = each.next()
    }
    expect(seen).toEqual(losses)
    expect(step.value.loss).toBe(3)
  })

  test('no rows: no steps', () => {
    const run = epoch([bytes], () => 1, { order: [] })
    expect(run.next()).toEqual({ done: true, value: { steps: 0, rows: 0, loss: NaN } })
  })

  test('memory is given back at the end, at a break, at an error, at an abort', async () => {
    const before = bytesInUse()
    for (const { rows } of epoch([bytes, names], () => 1, { batch: 2, sliceMillis: 0 })) if (rows > 3) break
    expect(bytesInUse()).toBe(before)
    const failing = epoch([bytes], () => {
      throw new Error('mine')
    })
    expect(() => failing.next()).toThrow('mine')
    expect(bytesInUse()).toBe(before)
    const controller = new AbortController()
    const seen: number[] = []
    const aborted = (async () => {
      for (const { rows } of epoch([bytes], () => 1, { sliceMillis: 0, signal: controller.signal })) {
        seen.push(rows)
        await Promise.resolve()
        if (rows === 2) controller.abort(new Error('enough'))
      }
    })()
    await expect(aborted).rejects.toThrow('enough')
    expect(seen).toEqual([1, 2])
    expect(bytesInUse()).toBe(before)
    expect(() => epoch([bytes], () => 1, { signal: controller.signal }).next()).toThrow('enough')
  })

  test('a run that reads the batch between two steps is an error, not a changed value', () => {
    const run = epoch([bytes], x => {
      x.readers++
      return 1
    })
    expect(() => run.next()).toThrow(ResidentError)
  })

  test('a step that frees what it got: an error, and what is made then stays as it is', () => {
    for (const batch of [undefined, 2]) {
      const mine: Resident<Vector>[] = []
      const step = (x: Resident<never>): number => {
        x.free()
        mine.push(resident(vector([5, 6, 7, 8])))
        return 1
      }
      const run = epoch([bytes], step as never, { batch } as never)
      const failure = (): unknown => run.next()
      expect(failure).toThrow(ResidentError)
      expect(mine.map(one => flat(one.read()))).toEqual([[5, 6, 7, 8]])
      for (const one of mine) one.free()
    }
  })

  test('changes of the order and of the labels in a pause change nothing', () => {
    const order = [2, 1, 0]
    const labels = [0, 1, 2]
    const seen: number[][] = []
    const look = (t: Resident<Vector<3>>): number => seen.push(flat(t.read()))
    for (const { steps } of epoch([oneHot(labels, 3)], look, { order, sliceMillis: 0 })) {
      order[steps] = 99
      labels.fill(77)
    }
    expect(seen).toEqual([
      [0, 0, 1],
      [0, 1, 0],
      [1, 0, 0],
    ])
  })

  test.each([undefined, '1', Promise.resolve(1), null])('a step that gives no number: %s', result => {
    const before = bytesInUse()
    const run = epoch([bytes], () => result as never)
    expect(() => run.next()).toThrow(UsageError)
    expect(bytesInUse()).toBe(before)
    expect(() => epoch([bytes], () => result as never).next()).toThrow(/the step gives .*Give the loss, a number/)
  })

  test('a loss that is NaN or infinite is one', () => {
    expect(epoch([bytes], () => NaN).next()).toEqual({ done: false, value: { steps: 7, rows: 7, loss: NaN } })
    expect(epoch([bytes], () => Infinity, { dropLast: true, batch: 8 }).next().value).toEqual({
      steps: 0,
      rows: 0,
      loss: NaN,
    })
  })

  test.each([Int32Array.of(1), Int8Array.of(1), BigInt64Array.of(1n), [1], '1', null, undefined])(
    'a table of what is not converted: %s',
    data => {
      expect(() => table(data as never, [])).toThrow(UsageError)
      expect(() => table(data as never, [])).toThrow(/table: the source is .*Float64Array\.from\(source, Number\)/)
    },
  )

  test.each([[[-2]], [[0.5]], [[0]], [[NaN]], ['2'], [2], [undefined]])('a table of rows of shape %j', shape => {
    expect(() => table(new Uint8Array(4), shape as never)).toThrow(SizeError)
    expect(() => table(new Uint8Array(4), shape as never)).toThrow(/the shape of a row is/)
  })

  test.each([
    [
      () => table(new Uint8Array(4), [2], { scale: '2' } as never),
      UsageError,
      /^table: scale is '2', but must be a finite number/,
    ],
    [() => table(new Uint8Array(4), [2], null as never), UsageError, /options are null/],
    [() => table(new Uint8Array(4), [2], { scale: NaN }), UsageError, /^table: scale is NaN, but must be a finite/],
    [() => table(new Uint8Array(4), [2], { offset: NaN }), UsageError, /^table: offset is NaN, but must be a finite/],
    [() => table(new Uint8Array(4), [2], { rows: [1] } as never), UsageError, /^table: there is no option 'rows'/],
    [() => epoch([{ ...bytes, options: { scale: NaN } }], () => 1), UsageError, /^epoch: table 1: scale is NaN/],
    [() => oneHot(undefined as never, 3), UsageError, /labels are undefined/],
    [() => epoch(bytes as never, () => 1), UsageError, /tables are an object\. Give an array/],
    [() => epoch(undefined as never, () => 1), UsageError, /tables are undefined/],
    [() => epoch([bytes, new Uint8Array(7)] as never, () => 1), UsageError, /table 2 is a Uint8Array\. Make it by/],
    [() => epoch([] as never, () => 1), UsageError, /no table/],
    [() => epoch([bytes, oneHot([1], 2)], () => 1), SizeError, /7 and 1 rows/],
    [() => epoch([bytes], () => 1, { batch: 0 }), UsageError, /batch is 0/],
    [() => epoch([bytes], () => 1, { batch: 1.5 }), UsageError, /batch is 1.5/],
    [() => epoch([bytes], () => 1, { batch: '2' as never }), UsageError, /^epoch: batch is '2', but must be a whole/],
    [() => epoch([bytes], () => 1, { sliceMillis: NaN }), UsageError, /sliceMillis is NaN, but must be a number, 0/],
    [() => epoch([bytes], () => 1, { sliceMillis: -1 }), UsageError, /sliceMillis is -1, but must be a number, 0/],
    [() => epoch([bytes], () => 1, { sliceMillis: '3' as never }), UsageError, /^epoch: sliceMillis is '3', but must/],
    [
      () => epoch([bytes], () => 1, { signal: true as never }),
      UsageError,
      /signal is true, but must be an AbortSignal/,
    ],
    [() => epoch([bytes], () => 1, { signal: {} as never }), UsageError, /signal is an object, but must be an Abort/],
    [() => epoch([bytes], () => 1, { dropLast: 1 as never }), UsageError, /dropLast is 1, but must be true or false/],
    [
      () => epoch([bytes], () => 1, { dtype: 'f32' as never }),
      UsageError,
      /is 'f32', but must be 'float64' or 'float32'/,
    ],
    [() => epoch([bytes], () => 1, { size: 2 } as never), UsageError, /^epoch: there is no option 'size'/],
    [
      () => epoch([bytes], () => 1, { order: '01' as never }),
      UsageError,
      /^epoch: order is '01', but must be an array/,
    ],
    [
      () => epoch([bytes], () => 1, { order: ['1'] as never }),
      UsageError,
      /^epoch: a row of the order, at 0, is the s/,
    ],
    [() => epoch([bytes], () => 1, { order: [0, 7] }), SizeError, /row 7 of the order is outside 0 … 6/],
    [() => epoch([bytes], () => 1, { order: [-1] }), SizeError, /row -1 of the order/],
    [() => epoch([bytes], () => 1, { order: Float64Array.of(0.5) }), SizeError, /row 0\.5 of the order/],
    [
      () => epoch([bytes], () => 1, { order: 3 as never }),
      UsageError,
      /^epoch: order is 3, but must be an array of rows/,
    ],
    [() => epoch([bytes], () => 1, { order: null as never }), UsageError, /order is null/],
    [() => table(new Uint8Array(7), [2]), SizeError, /no whole rows of 2/],
    [() => oneHot([3], 3), SizeError, /label 3, at 0/],
    [() => oneHot([0, '1'] as never, 3), UsageError, /^oneHot: a label, at 1, is the string '1', but must be a number/],
    [() => oneHot([null] as never, 3), UsageError, /^oneHot: a label, at 0, is null, but must be a number/],
    [() => oneHot(BigInt64Array.of(1n) as never, 3), UsageError, /^oneHot: a label, at 0, is the bigint 1n/],
    [() => oneHot([NaN], 3), SizeError, /label NaN, at 0/],
    [() => oneHot([0], '3' as never), SizeError, /^oneHot: '3' is no number of classes/],
    [() => oneHot([0.5], 3), SizeError, /label 0.5/],
    [() => oneHot([], 0), SizeError, /no number of classes/],
  ])('what makes no sense %#', (body, type, message) => {
    expect(body).toThrow(type)
    expect(body).toThrow(message)
  })
})

describe('training', () => {
  test('an epoch is the steps one by one', () => {
    const data = Uint8Array.from({ length: 40 }, (_, i) => (37 * i) % 256)
    const labels = Uint8Array.from({ length: 10 }, (_, i) => i % 2)
    const loss = (w: Var<Matrix<2, 4>>, x: Var<Vector<4>>, t: Var<Vector<2>>): Var<number> =>
      softmaxCrossEntropy(matVec(w, x), t)
    using here = resident(zeros(2, 4))
    using there = resident(zeros(2, 4))
    const step = compile(sgdStep(loss, { rate: 0.1 }))
    const order = Uint32Array.of(3, 1, 9, 0)
    const pixels = table(data, [4], { scale: 1 / 255 })
    const run = epoch([pixels, oneHot(labels, 2)], (x, t) => step(here, x, t), { order })
    Array.from(run)
    for (const i of order) {
      const x = vector(
        Float64Array.from(data.subarray(4 * i, 4 * i + 4), b => b * (1 / 255)),
        4,
      )
      step(there, x, vector([1 - labels[i], labels[i]], 2))
    }
    expect(flat(here.read())).toEqual(flat(there.read()))
  })

  test('a line through points, in batches by Adam', () => {
    const xs = Float64Array.from({ length: 64 }, (_, i) => i / 32 - 1)
    const ys = xs.map(x => 3 * x - 1)
    const loss = (p: Var<Vector<2>>, x: Var<Matrix<number, 2>>, y: Var<Vector>): Var<number> =>
      squaredError(matVec(x, p), y)
    const features = table(Float64Array.from(Array.from(xs).flatMap(x => [x, 1])), [2])
    const method = adam({ rate: 0.05 })
    using p = resident(zeros(2))
    using state = resident(method.start(p))
    const step = compile(trainStep(loss, method))
    let last: Progress = { steps: 0, rows: 0, loss: Infinity }
    for (let k = 0; k < 60; k++) {
      for (const progress of epoch([features, table(ys, [])], (x, y) => step(p, state, x, y), { batch: 24 })) {
        last = progress
      }
    }
    expect(last.rows).toBe(64)
    expectClose(p.read(), [3, -1], 1e-2)
    // Batches of 24, and of 16 at the end.
    expect(step.recordings).toBe(2)
  })
})
