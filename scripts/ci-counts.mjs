/**
 * Adds up what the test runners counted.
 *
 *   node scripts/ci-counts.mjs note build/ci/x.json 1     a runner that was to write this report ended with exit code 1
 *   node scripts/ci-counts.mjs sum build/ci 2             prints the sum of all reports there, with 2 more failures
 *
 * A report is vitest's (--reporter json) or `{ passed, failed }`.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** @typedef {{ passed: number, failed: number }} Counts */
/**
 * @typedef {object} VitestReport
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {{ status: string, assertionResults: { status: string }[] }[]} testResults by file
 */

/**
 * The counts of one report. A file of tests that could not even be loaded counts as one failure.
 * @param {string} text
 * @returns {Counts}
 */
export function countsOf(text) {
  /** @type {Counts | VitestReport} */
  const report = JSON.parse(text)
  if ('passed' in report) return report
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some(result => result.status === 'failed'),
  )
  return { passed: report.numPassedTests, failed: report.numFailedTests + unloaded.length }
}

/**
 * The counts of a runner that ended with an exit code. What failed without being counted counts as one failure.
 * @param {string | undefined} text its report, if it wrote one
 * @param {number} exitCode
 * @returns {Counts}
 */
export function countsWithCode(text, exitCode) {
  const { passed, failed } = text === undefined ? { passed: 0, failed: 0 } : countsOf(text)
  const silent = failed === 0 && (exitCode !== 0 || text === undefined)
  return { passed, failed: silent ? 1 : failed }
}

const [command, path = '', number = '0'] = process.argv.slice(2)
if (command === 'note') {
  const report = existsSync(path) ? readFileSync(path, 'utf8') : undefined
  writeFileSync(path, JSON.stringify(countsWithCode(report, Number(number))))
} else if (command === 'sum') {
  const counts = readdirSync(path).map(name => countsOf(readFileSync(join(path, name), 'utf8')))
  const passed = counts.reduce((sum, count) => sum + count.passed, 0)
  const failed = counts.reduce((sum, count) => sum + count.failed, Number(number))
  console.log(`${passed} passed, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
}
