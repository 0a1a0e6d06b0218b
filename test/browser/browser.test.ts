/** The built files in Chromium: as a module, by a script tag, in a module worker; and the cold path. */
import { execFileSync } from 'node:child_process'
import type { Server } from 'node:http'
import { join, resolve } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { findChromium } from '../../scripts/chromium.mjs'
import { serve } from './server.ts'

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
  const build = join(resolve(import.meta.dirname, '../..'), 'scripts/build.mjs')
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

/** Opens a page, waits for its result, and fails with what it wrote to the console if there is none. */
async function resultOf(path: string): Promise<unknown> {
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('console', message => complaints.push(message.text()))
  try {
    await page.goto(`${origin}/${path}`)
    // Not waitForFunction: it evaluates strings in the page, which the pages' policy forbids.
    const result = await vi.waitUntil(() => page.evaluate('window.result'), { timeout: 60_000, interval: 50 })
    expect(complaints).toEqual([])
    return result
  } catch (error) {
    throw new Error(`${path}: ${complaints.join('\n')}`, { cause: error })
  } finally {
    await page.close()
  }
}

test.each([
  ['a module in a page', 'module.html'],
  ['a script tag, as the global backpropWasm', 'script.html'],
  ['a module in a worker', 'worker.html'],
])('%s: a gradient, a network that learns, a named error', async (_place, path) => {
  const result = (await resultOf(path)) as {
    scalar: number
    ofVector: number[]
    before: number
    after: number
    outputs: number[]
    generated: unknown[]
    error: string
  }
  expect(result.error).toBe('ShapeMismatchError')
  expect(result.scalar).toBe(12)
  expect(result.generated).toEqual([10 * 2 ** 9, 0, 6, 24, true, 3])
  expect(result.ofVector).toEqual([2, 4, 6])
  expect(result.before).toBeGreaterThan(0.5)
  expect(result.after).toBeLessThan(0.05)
  expect(result.outputs.map(Math.round)).toEqual([0, 1, 1, 0])
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
