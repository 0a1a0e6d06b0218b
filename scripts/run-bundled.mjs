/**
 * Runs a TypeScript program as one bundle, made with the settings of the package: so a benchmark times the code that is
 * shipped. (A transpiler that names every closure at run time makes a call of the library half as long again.)
 *
 *   node scripts/run-bundled.mjs bench/main.ts [its arguments]
 */
import { pathToFileURL } from 'node:url'
import { bundle } from './bundle.mjs'

const [program = ''] = process.argv.splice(2, 1)
await import(pathToFileURL(await bundle(program)).href)
