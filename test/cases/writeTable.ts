/**
 * Writes the table of docs/cases.md, with the number of cases in DIR that each op occurs in.
 *
 *   node scripts/run-bundled.mjs test/cases/writeTable.ts DIR
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { operations } from './ops/index.ts'
import type { Case } from './schema.ts'
import { tableOf, withTable } from './table.ts'

const { positionals } = parseArgs({ allowPositionals: true })
const [directory] = positionals
if (directory === undefined) throw new Error('usage: node scripts/run-bundled.mjs test/cases/writeTable.ts DIR')
const cases = readdirSync(directory)
  .filter(file => file.endsWith('.json'))
  .flatMap(file => (JSON.parse(readFileSync(join(directory, file), 'utf8')) as { cases: Case[] }).cases)
const casesWith = (op: string) => cases.filter(({ program }) => program?.steps.some(step => step.op === op)).length
const page = 'docs/cases.md'
writeFileSync(page, withTable(readFileSync(page, 'utf8'), tableOf(operations, casesWith)))
