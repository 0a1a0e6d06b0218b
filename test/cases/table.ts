/** The table of docs/cases.md: how each op of the case language stands to the library. */
import type { Operation, Standing } from './ops/operation.ts'

const standings: Readonly<Record<Standing, string>> = {
  own: 'own',
  formula: 'composed',
  parts: 'by parts',
  missing: '**missing**',
}

/**
 * The table in Markdown, one op a line.
 *
 * @param casesWith in how many cases an op occurs
 */
export function tableOf(operations: ReadonlyMap<string, Operation>, casesWith: (op: string) => number): string {
  const lines = Array.from(
    operations,
    ([op, { standing, by }]) => `| ${op} | ${standings[standing]} | ${by} | ${String(casesWith(op))} |`,
  )
  return ['| op | | made of | cases |', '| --- | --- | --- | --- |', ...lines].join('\n')
}

const START = '<!-- table:start -->'
const END = '<!-- table:end -->'

/** The text of a page with another table between its marks. */
export function withTable(page: string, table: string): string {
  const [before, rest] = page.split(START)
  const after = rest?.split(END)[1]
  if (after === undefined) throw new RangeError(`the page has no ${START} … ${END}`)
  return `${before}${START}\n\n${table}\n\n${END}${after}`
}
