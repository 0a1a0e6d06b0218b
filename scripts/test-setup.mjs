/**
 * Runs before any test: builds what tests import and is written by the build, also when vitest was started by hand.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

export default function setup() {
  const build = join(import.meta.dirname, 'build.mjs')
  execFileSync(process.execPath, [build, '--quiet', '--only', 'wasm'], { stdio: 'inherit' })
}
