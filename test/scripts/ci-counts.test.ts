/** scripts/ci-counts.mjs: nothing that fails goes uncounted. */
import { describe, expect, test } from 'vitest'
import { countsOf, countsWithCode } from '../../scripts/ci-counts.mjs'

const vitest = (passed: number, failed: number, ...files: object[]) =>
  JSON.stringify({ numPassedTests: passed, numFailedTests: failed, testResults: files })

describe('countsOf', () => {
  test('a report of vitest', () => {
    const file = { status: 'failed', assertionResults: [{ status: 'passed' }, { status: 'failed' }] }
    expect(countsOf(vitest(1, 1, file))).toEqual({ passed: 1, failed: 1 })
  })

  test('a file that could not be loaded, or whose hooks failed, is one failure', () => {
    const unloaded = { status: 'failed', assertionResults: [] }
    const hook = { status: 'failed', assertionResults: [{ status: 'passed' }] }
    expect(countsOf(vitest(3, 0, unloaded, hook))).toEqual({ passed: 3, failed: 2 })
  })

  test('plain counts', () => {
    expect(countsOf('{ "passed": 4, "failed": 2 }')).toEqual({ passed: 4, failed: 2 })
  })
})

describe('countsWithCode', () => {
  test('a runner that succeeded', () => {
    expect(countsWithCode('{ "passed": 4, "failed": 0 }', 0)).toEqual({ passed: 4, failed: 0 })
  })

  test('failures that were counted are not counted again', () => {
    expect(countsWithCode('{ "passed": 4, "failed": 2 }', 1)).toEqual({ passed: 4, failed: 2 })
  })

  test('a failure without a failed test, such as an unhandled rejection, is one', () => {
    expect(countsWithCode('{ "passed": 4, "failed": 0 }', 1)).toEqual({ passed: 4, failed: 1 })
  })

  test('no report is a failure, whatever the exit code', () => {
    expect(countsWithCode(undefined, 0)).toEqual({ passed: 0, failed: 1 })
    expect(countsWithCode(undefined, 1)).toEqual({ passed: 0, failed: 1 })
  })
})
