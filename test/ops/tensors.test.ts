/** Plain tensors: making them, reading them, checking and forgetting their sizes. */
import { check, matrix, SizeError, Tensor, vector, widen, zeros, type Vector } from 'backprop-wasm'
import { describe, expect, test } from 'vitest'

describe('making', () => {
  test('vector and matrix take a Float64Array as it is and copy anything else', () => {
    const data = new Float64Array([1, 2, 3, 4])
    expect(vector(data).data).toBe(data)
    expect(matrix(data, 2, 2).data).toBe(data)
    const list = [1, 2, 3, 4]
    const v = vector(list)
    list[0] = 9
    expect(v.toArray()).toEqual([1, 2, 3, 4])
    expect(vector(new Float32Array([1, 2])).data).toEqual(new Float64Array([1, 2]))
    expect(vector({ length: 2, 0: 5, 1: 6 }).toArray()).toEqual([5, 6])
  })

  test('zeros has any rank, and sizes of 0', () => {
    expect(zeros(3).toArray()).toEqual([0, 0, 0])
    expect(zeros(2, 1, 2).toArray()).toEqual([[[0, 0]], [[0, 0]]])
    expect(zeros(2, 0).toArray()).toEqual([[], []])
    expect(zeros(0, 2).toArray()).toEqual([])
    expect(zeros(0).shape).toEqual([0])
  })

  test('a tensor knows its class and shape', () => {
    const a = matrix([1, 2, 3, 4, 5, 6], 2, 3)
    expect(a).toBeInstanceOf(Tensor)
    expect([a.shape, a.data.length]).toEqual([[2, 3], 6])
  })
})

describe('reading', () => {
  const cube = zeros(2, 3, 4)
  cube.data.forEach((_, i) => (cube.data[i] = i))

  test('at counts row by row', () => {
    expect([cube.at(0, 0, 0), cube.at(0, 0, 3), cube.at(0, 1, 0), cube.at(1, 2, 3)]).toEqual([0, 3, 4, 23])
  })

  test.each([[[0, 0]], [[0, 0, 0, 0]], [[2, 0, 0]], [[0, -1, 0]], [[0, 0, 0.5]], [[0, 0, NaN]], [[]]])(
    'at(%j) is refused',
    indices => {
      expect(() => cube.at(...indices)).toThrow(SizeError)
    },
  )

  test('toArray nests as deep as the rank', () => {
    expect(cube.toArray()).toEqual([
      [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9, 10, 11],
      ],
      [
        [12, 13, 14, 15],
        [16, 17, 18, 19],
        [20, 21, 22, 23],
      ],
    ])
  })
})

test('check gives the same numbers with the sizes asked for, widen the same tensor', () => {
  const v: Vector = vector([1, 2, 3])
  const checked = check(v, [3])
  expect([checked.data, checked.shape]).toEqual([v.data, [3]])
  expect(checked.data).toBe(v.data)
  expect(() => check(v, [3, 1])).toThrow(/^check: .*3 and 3×1/)
  expect(widen(checked)).toBe(checked)
})
