/**
 * Runs each numbered example, examples/NN-*.ts. An example asserts what it shows, so all it has to do is exit with 0.
 *
 *   node scripts/run-examples.mjs                        all
 *   node scripts/run-examples.mjs --report counts.json   write { passed, failed } there as well
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const root = resolve(import.meta.dirname, '..')
const { values: options } = parseArgs({ options: { report: { type: 'string' } } })

const examples = readdirSync(join(root, 'examples'))
  .filter(name => /^\d\d-.*\.ts$/.test(name))
  .sort()
const counts = { passed: 0, failed: 0 }
for (const name of examples) {
  const tsx = join(root, 'node_modules/tsx/dist/cli.mjs')
  const start = performance.now()
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [tsx, join('examples', name)], {
    cwd: root,
    encoding: 'utf8',
    timeout: 120_000,
  })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  if (status === 0) {
    counts.passed++
    console.log(`examples/${name}  ${seconds} s`)
  } else {
    counts.failed++
    console.log(`examples/${name}  FAILED (${signal ?? `exit code ${status}`})\n${stdout}${stderr}`)
  }
}
if (options.report !== undefined) {
  mkdirSync(dirname(options.report), { recursive: true })
  writeFileSync(options.report, JSON.stringify(counts))
}
console.log(`examples: ${counts.passed} passed, ${counts.failed} failed`)
if (counts.failed > 0) process.exitCode = 1
