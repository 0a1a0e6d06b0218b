/**
 * Runs the checker of published cases with our adapter (test/cases). The last line is the checker's own.
 *
 *   node scripts/run-cases.mjs DIR                 all case files in DIR, by DIR/check.mjs, or where there is none by the
 *                                                  one in ../shared/cases, beside this checkout
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
const checkers =
  options.check === undefined
    ? [join(directory, 'check.mjs'), join(root, '../shared/cases/check.mjs')]
    : [options.check]
const checker = checkers.find(existsSync)
if (checker === undefined) {
  console.error(`No checker: ${checkers.join(' and ')} are not there. Name one: --check FILE.`)
  process.exit(2)
}
const adapter = await bundle(join(root, 'test/cases/reported.ts'))
const { status, error } = spawnSync(
  process.execPath,
  [resolve(checker), adapter, options.only, '--dir', resolve(directory)],
  {
    stdio: 'inherit',
  },
)
if (error !== undefined) throw error
process.exitCode = status ?? 1
