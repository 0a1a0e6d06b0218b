/**
 * Runs the checker of published cases with our adapter (test/cases). The last line is the checker's own.
 *
 *   node scripts/run-cases.mjs DIR                 all case files in DIR, by DIR/check.mjs
 *   node scripts/run-cases.mjs DIR --only nist     cases whose id begins so
 *   node scripts/run-cases.mjs DIR --check FILE    another checker
 *
 * Cases that the library has no op for are named, `UNSUPPORTED id  op: what is missing`; docs/cases.md tells the rest.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { bundle } from './bundle.mjs'

const root = resolve(import.meta.dirname, '..')
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: 'string' }, only: { type: 'string', default: '' } },
})
const [directory] = positionals
if (directory === undefined || positionals.length > 1) {
  console.error('usage: npm run cases -- DIR [--only PREFIX] [--check FILE]')
  process.exit(2)
}
const checker = resolve(options.check ?? join(directory, 'check.mjs'))
if (!existsSync(checker)) {
  console.error(`${checker} is not there. Name the checker: --check FILE.`)
  process.exit(2)
}
const adapter = await bundle(join(root, 'test/cases/reported.ts'))
const { status, error } = spawnSync(process.execPath, [checker, adapter, options.only, '--dir', resolve(directory)], {
  stdio: 'inherit',
})
if (error !== undefined) throw error
process.exitCode = status ?? 1
