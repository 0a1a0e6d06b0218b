/** Says which Chromium the browser tests would use; exits with 1 if there is none. */
import { findChromium } from './chromium.mjs'

const path = findChromium()
console.log(path ?? 'no Chromium was found')
if (path === undefined) process.exitCode = 1
