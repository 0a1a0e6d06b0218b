/**
 * Runs a TypeScript program as one bundle, made with the settings of the package: so a benchmark times the code that is
 * shipped. (A transpiler that names every closure at run time makes a call of the library half as long again.)
 *
 *   node scripts/run-bundled.mjs bench/main.ts [its arguments]
 */
import { build } from 'esbuild'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [program = ''] = process.argv.splice(2, 1)
const outfile = join(root, 'build/programs', dirname(relative(root, program)), `${basename(program, '.ts')}.mjs`)
await build({
  absWorkingDir: root,
  bundle: true,
  charset: 'utf8',
  entryPoints: [program],
  format: 'esm',
  logLevel: 'warning',
  outfile,
  packages: 'external',
  platform: 'node',
  target: 'es2022',
  tsconfig: 'src/tsconfig.json',
})
await import(pathToFileURL(outfile).href)
