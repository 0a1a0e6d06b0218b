/**
 * Every way of running and differentiating with every kind of op: the derivatives are right, or a named error says that they
 * are not to be had. What is found is the table in docs/combinations.md; after a change of the library,
 * `npx vitest run --project unit test/combinations -u` writes it anew.
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { BackpropError } from 'backprop-wasm'
import { describe, expect, test } from 'vitest'
import { expectUsable } from '../support/failures.ts'
import { bytesInUse } from '../support/tape.ts'
import { type Kind, kinds, type Subject } from './subjects.ts'
import { modes, type Order, ways } from './ways.ts'

const WORKS = 'works'

const orders: readonly Order[] = ['first', 'second']
const columns = ways.flatMap(way => modes.map(mode => ({ title: `${way.title}, ${mode.title}`, way, mode })))
type Column = (typeof columns)[number]

/** By row and column: what was found. */
const found = new Map<string, string>()
const keyOf = (kind: Kind, order: Order, column: Column): string => [kind.title, order, column.title].join(' · ')

/** What comes of it: that it works, or the name of the library's error. Anything else is thrown. */
async function outcomeOf(subject: Subject, kind: Kind, order: Order, { way, mode }: Column): Promise<string> {
  const used = bytesInUse()
  try {
    await way.check(kind, subject, order, mode)
    return WORKS
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if (!(error instanceof BackpropError)) {
      error.message = `${subject.title}: ${error.message}`
      throw error
    }
    expectUsable()
    expect(bytesInUse(), `${subject.title}: memory after ${error.name}`).toBe(used)
    return error.name
  }
}

describe.each(kinds)('$title', kind => {
  describe.each(orders)('%s derivative', order => {
    test.each(columns)('$title', async column => {
      expectUsable()
      const outcomes = new Map<string, string>()
      for (const subject of kind.subjects) {
        const outcome = await outcomeOf(subject, kind, order, column)
        if (!outcomes.has(outcome)) outcomes.set(outcome, subject.title)
      }
      // One outcome for all, or the table says too little.
      expect([...outcomes.keys()], JSON.stringify([...outcomes])).toHaveLength(1)
      found.set(keyOf(kind, order, column), [...outcomes.keys()].join())
    })
  })
})

test('is the table of docs/combinations.md', async () => {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rows = kinds.flatMap(kind =>
    orders.map(order =>
      line([
        kind.title,
        order,
        ...columns.map(column => {
          const outcome = found.get(keyOf(kind, order, column)) ?? 'not run'
          return outcome === WORKS ? WORKS : `\`${outcome}\``
        }),
      ]),
    ),
  )
  const head = ['', 'derivative', ...columns.map(({ title }) => title)]
  const table = [line(head), line(head.map(() => '---')), ...rows].join('\n')
  const page = resolve(import.meta.dirname, '../../docs/combinations.md')
  const [start, end] = ['<!-- combinations:start -->', '<!-- combinations:end -->']
  const text = readFileSync(page, 'utf8')
  const [before, after] = [text.split(start)[0], text.split(end)[1]]
  await expect(`${before}${start}\n\n${table}\n\n${end}${after}`).toMatchFileSnapshot(page)
})
