/**
 * Runs once before any test: builds what tests import and is written by the build, also when vitest was started by hand.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { findChromium } from './chromium.mjs'

export function setup() {
  const build = join(import.meta.dirname, 'build.mjs')
  execFileSync(process.execPath, [build, '--quiet', '--only', 'wasm'], { stdio: 'inherit' })
}

export function teardown() {
  if (findChromium() === undefined)
    console.log('browser tests: NOT RUN, no Chromium was found (set CHROMIUM_PATH, or install the package "chromium")')
}
