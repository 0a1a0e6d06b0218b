/** The built files in Chromium: as a module, by a script tag, in a module worker; and the cold path. */
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import type { Server } from 'node:http'
import { join, resolve } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { findChromium } from '../../scripts/chromium.mjs'
import { serve } from './server.ts'

const root = resolve(import.meta.dirname, '../..')
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

let browser: Browser
let server: Server
let origin: string

beforeAll(async () => {
  const build = join(root, 'scripts/build.mjs')
  execFileSync(process.execPath, [build, '--quiet', '--only', 'wasm,bundle'], { stdio: 'inherit' })
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('no Chromium; set CHROMIUM_PATH')
  ;({ origin, server } = await serve())
  browser = await chromium.launch({ executablePath, args: flags })
})

afterAll(async () => {
  await browser.close()
  server.close()
})

/** Which files the last page asked for. */
const requested: string[] = []

/** What may be written to the console, and which files cannot be loaded. */
interface Surroundings {
  readonly expected?: RegExp
  readonly blocked?: string
}

/**
 * Opens a page, waits for its result, and fails with what it wrote to the console if there is none. Nothing else may be written
 * there but what is expected.
 */
async function resultOf(path: string, { expected, blocked }: Surroundings = {}): Promise<unknown> {
  const page = await browser.newPage()
  if (blocked !== undefined) await page.route(blocked, route => route.abort())
  const complaints: string[] = []
  requested.length = 0
  page.on('request', request => requested.push(new URL(request.url()).pathname))
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('console', message => complaints.push(message.text()))
  try {
    await page.goto(`${origin}/${path}`)
    // Not waitForFunction: it evaluates strings in the page, which the pages' policy forbids.
    const result = await vi.waitUntil(() => page.evaluate('window.result'), { timeout: 60_000, interval: 50 })
    expect(complaints.filter(text => expected?.test(text) !== true)).toEqual([])
    return result
  } catch (error) {
    throw new Error(`${path}: ${complaints.join('\n')}`, { cause: error })
  } finally {
    await page.close()
  }
}

const places = [
  ['a module in a page', 'module.html'],
  ['a script tag, as the global backpropWasm', 'script.html'],
  ['a module in a worker', 'worker.html'],
]

test.each([
  ...places.map(([place, path]) => [`${place}, at the first use`, path, 'simd', {}] as const),
  ...places.map(([place, path]) => [`${place}, by init`, `${path}?init`, 'relaxed', {}] as const),
  ...places.map(([place, path]) => {
    const surroundings = { blocked: '**/relaxed.js', expected: /Failed to load resource/ }
    return [`${place}, by init, without relaxed.js`, `${path}?init`, 'simd', surroundings] as const
  }),
])(
  '%s: a gradient, a network that learns, a named error; and the binary',
  async (_place, path, binary, surroundings) => {
    const result = (await resultOf(path, surroundings)) as {
      scalar: number
      ofVector: number[]
      before: number
      after: number
      outputs: number[]
      generated: unknown[]
      error: string
      size: number
    }
    expect(result.error).toBe('ShapeMismatchError')
    expect(result.scalar).toBe(12)
    expect(result.generated).toEqual([10 * 2 ** 9, 0, 6, 24, true, 3])
    expect(result.ofVector).toEqual([2, 4, 6])
    expect(result.before).toBeGreaterThan(0.5)
    expect(result.after).toBeLessThan(0.05)
    expect(result.outputs.map(Math.round)).toEqual([0, 1, 1, 0])
    expect(result.size).toBe(statSync(join(root, `build/wasm/${binary}.wasm`)).size)
    const isAskedFor = requested.some(file => file.startsWith('/dist/') && file.endsWith('/relaxed.js'))
    expect(isAskedFor).toBe(path.endsWith('?init'))
  },
)

describe('workers', () => {
  const shared = { reason: undefined, right: true, after: [0, true] }
  const alone = { count: 0, right: true, after: [0, true] }

  test.each([
    ['a module in a page', 'threads.html?isolated&blob', 2],
    ['with a file for their program', 'threads.html?isolated&url', 2],
    ['a script tag', 'threadsScript.html?isolated&blob', undefined],
    ['a module in a worker', 'threadsWorker.html?isolated&blob', 1],
  ])('%s: they share products', async (_place, path, count) => {
    const result = (await resultOf(path)) as { count: number; wanted: number }
    expect(result).toMatchObject(shared)
    expect(result.count).toBe(result.wanted)
    if (count !== undefined) expect(result.count).toBe(count)
    expect(requested.some(file => file.endsWith('/threads.js') && file.startsWith('/dist/'))).toBe(true)
  })

  test('in a page that is not isolated: one thread, and the reason', async () => {
    const result = await resultOf('threads.html?blob')
    expect(result).toMatchObject({ ...alone, wanted: 2 })
    expect(result).toHaveProperty('reason', expect.stringMatching(/^WorkerError: .*Cross-Origin-Opener-Policy/))
    expect(requested).not.toContain('/dist/browser/threads.js')
  })

  test('where the policy forbids their program: one thread, and the reason', async () => {
    const result = await resultOf('threads.html?isolated', { expected: /Content Security Policy/ })
    expect(result).toMatchObject({ ...alone, wanted: 2 })
    expect(result).toHaveProperty('reason', expect.stringMatching(/^WorkerError: .*'worker-src blob:'.*workerUrl/))
  })
})

test('who asks for no workers does not load what only they need', async () => {
  await resultOf('module.html?init')
  expect(requested).toContain('/dist/browser/backprop-wasm.min.js')
  expect(requested.filter(file => file.includes('threads'))).toEqual([])
})

test('the cold path, through as-bind', async () => {
  expect(await resultOf('inspect.html')).toEqual({
    name: 'MatVec',
    text: '%0 = Leaf : number\n%1 = Neg %0 : number',
    counts: { Leaf: 1, Neg: 1 },
    status: 'All records have been run.',
    dot: 11,
  })
})
