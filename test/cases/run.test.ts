/** scripts/run-cases.mjs: a checker is run with the adapter, its closing line comes last, its outcome is the outcome. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const fixtures = join(import.meta.dirname, 'fixtures')

function node(script: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts', script), ...args], {
    cwd: root,
    encoding: 'utf8',
  })
  return { status, lines: stdout.trim().split('\n'), stderr }
}

// The adapter imports the package as its users do.
beforeAll(() => {
  expect(node('build.mjs', '--quiet', '--only', 'wasm,bundle').status).toBe(0)
}, 120_000)

describe('npm run cases', () => {
  test('all cases of a folder, those without an op named', () => {
    const { status, lines } = node('run-cases.mjs', fixtures)
    expect(lines).toEqual(['UNSUPPORTED right/missing  conv2d: no convolution', '1 passed, 1 failed, 1 skipped'])
    expect(status).toBe(1)
  })

  test('those whose id begins so', () => {
    const { status, lines } = node('run-cases.mjs', fixtures, '--only', 'right/s')
    expect(lines).toEqual(['1 passed, 0 failed, 0 skipped'])
    expect(status).toBe(0)
  })

  test('another checker', () => {
    expect(node('run-cases.mjs', join(fixtures, '..'), '--check', join(fixtures, 'check.mjs')).lines.at(-1)).toBe(
      '0 passed, 0 failed, 0 skipped',
    )
  })

  test('no folder, or no checker, is said', () => {
    expect(node('run-cases.mjs')).toMatchObject({ status: 2, stderr: expect.stringContaining('usage') as string })
    const none = node('run-cases.mjs', fixtures, '--check', join(fixtures, 'none.mjs'))
    expect(none).toMatchObject({ status: 2, stderr: expect.stringContaining('--check FILE') as string })
  })
})
