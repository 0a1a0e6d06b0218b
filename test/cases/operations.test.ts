/** The op language of the cases: every op that is there against plain arithmetic and differences, every other one refused. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { seeded } from '../support/random.ts'
import { run, type Answer } from './adapter.ts'
import { examples } from './examples.ts'
import { operations } from './ops/index.ts'
import { caseOf, difference, type Example } from './reference.ts'
import type { Case, CaseTensor } from './schema.ts'
import { tableOf, withTable } from './table.ts'
import { Unsupported } from './unsupported.ts'

/** What an example says itself about its value and gradients. */
type Expected = { value: CaseTensor; grad: Record<string, CaseTensor> }

/** What is wrong with an answer. */
function faults({ expected }: Case, answer: Answer): string[] {
  const { value, grad } = expected as Expected
  const given = answer['grad'] as Record<string, CaseTensor>
  return [
    ['value', difference(value, answer['value'] as CaseTensor | undefined, 1e-12)],
    ...Object.keys(grad).map(name => [name, difference(grad[name], given[name], 1e-8)]),
  ].flatMap(([name, fault]) => (fault === undefined ? [] : [`${name ?? ''}: ${fault}`]))
}

const title = ({ op, attrs = {}, operands }: Example) =>
  `${op} ${JSON.stringify(attrs)} of ${operands.map(shape => `[${shape.join()}]`).join(', ')}`

describe('ops that are there', () => {
  test.each(examples.map(example => [title(example), example] as const))('%s', (_, example) => {
    seeded(random => {
      const c = caseOf(example, random)
      expect(faults(c, run(c))).toEqual([])
    })()
  })

  test('each has an example', () => {
    const shown = new Set(examples.map(({ op }) => op))
    const there = [...operations].filter(([, { standing }]) => standing !== 'missing').map(([op]) => op)
    expect(there.filter(op => !shown.has(op))).toEqual([])
  })
})

describe('ops that are not there', () => {
  const absent = [...operations].flatMap(([op, { standing, by }]) =>
    standing === 'missing' ? [[op, by] as const] : [],
  )
  const asking = (op: string): Case => ({
    id: op,
    program: { steps: [{ id: 's0', op, args: ['x', 'x', 'x'] }], out: 's0' },
    inputs: { x: { shape: [2, 2], data: [2, 1, 1, 3] } },
    wrt: ['x'],
    expected: {},
  })

  test.each(absent)('%s is refused: %s', (op, by) => {
    expect(() => run(asking(op))).toThrow(new Unsupported(op, by))
  })

  test('so is what the language does not know, and a function without a name', () => {
    expect(() => run(asking('frobnicate'))).toThrow(Unsupported)
    expect(() => run({ id: 'f', fn: 'adbench.none', inputs: {}, wrt: [], expected: {} })).toThrow(Unsupported)
    expect(new Unsupported('a', 'b').name).toBe('Unsupported')
  })
})

test('the table in the documentation says what the code says', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/cases.md'), 'utf8')
  const withoutCounts = (text: string) => text.replaceAll(/ \| \d+ \|$/gm, ' |')
  const table = tableOf(operations, () => 0)
  expect(withoutCounts(page)).toBe(withoutCounts(withTable(page, table)))
})

describe('the comparison', () => {
  const example = examples.find(({ op, shape }) => op === 'div' && shape.length === 2)
  const c = () => {
    let made: Case | undefined
    seeded(random => (made = caseOf(example!, random)))()
    return made!
  }

  test('notices a wrong number, at every place', () => {
    const of = c()
    const answer = run(of) as Record<string, unknown> as { value: CaseTensor; grad: Record<string, CaseTensor> }
    for (const tensor of [answer.value, ...Object.values(answer.grad)]) {
      const data = tensor.data as number[]
      for (let i = 0; i < data.length; i++) {
        const right = data[i]
        for (const wrong of [right + 1e-6, -right, NaN, Infinity]) {
          data[i] = wrong
          expect(faults(of, answer)).toHaveLength(1)
        }
        data[i] = right
      }
    }
    expect(faults(of, answer)).toEqual([])
  })

  test('notices other sizes and what is missing', () => {
    const of = c()
    const { value, grad } = run(of) as { value: CaseTensor; grad: Record<string, CaseTensor> }
    expect(faults(of, { grad })).toEqual(['value: it is missing'])
    expect(faults(of, { value, grad: {} })).toHaveLength(2)
    expect(faults(of, { value: { ...value, shape: [value.data.length] }, grad })).toHaveLength(1)
  })
})
