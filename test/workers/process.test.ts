/** A process with workers: it ends by itself, in whatever way it ends. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const library = pathToFileURL(join(root, 'src/index.ts')).href

/** Runs a program in a process of its own. */
function run(program: string): { status: number | null; output: string; millis: number } {
  const from = performance.now()
  const source = `import * as library from '${library}'
    const { closeWorkers, evalBP, init, matMul, matrix, sum, workers } = library
    const a = matrix(new Float64Array(90_000).fill(1), 300, 300)
    const total = evalBP(x => sum(matMul(x, x)))
    ${program}`
  const args = ['--import', 'tsx', '--input-type=module', '--eval', source]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 20_000 })
  return { status, output: stdout + stderr, millis: performance.now() - from }
}

test('when its work is done', () => {
  const { status, output } = run(`await init({ workers: 2 }); console.log(workers().count, total(a))`)
  expect([status, output]).toEqual([0, '2 27000000\n'])
})

test('after closing', () => {
  const { status, output } = run(
    `await init({ workers: 2 }); total(a); await closeWorkers(); console.log(workers().count)`,
  )
  expect([status, output]).toEqual([0, '0\n'])
})

test('by process.exit, while the workers look for work', () => {
  const { status } = run(`await init({ workers: 2 }); total(a); process.exit(3)`)
  expect(status).toBe(3)
})

test('by an error', () => {
  const { status, output } = run(`await init({ workers: 1 }); total(a); throw new Error('the end')`)
  expect(status).toBe(1)
  expect(output).toMatch(/the end/)
})

test('while a pool starts anew', () => {
  const { status, output } = run(`
    const threads = []
    process.on('worker', worker => threads.push(worker))
    await init({ workers: 1 })
    await threads[0].terminate()
    console.log(total(a), workers().reason?.name)`)
  expect([status, output]).toEqual([0, '27000000 WorkerError\n'])
})

test('without waiting for init', () => {
  const { status, output } = run(`void init({ workers: 1 }).then(() => console.log(workers().count))`)
  expect([status, output]).toEqual([0, '1\n'])
})
