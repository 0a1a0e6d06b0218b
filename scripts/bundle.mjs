/** Makes one module of a TypeScript program, with the settings of the package. */
import { build } from 'esbuild'
import { basename, dirname, join, relative, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

/**
 * Bundles a program of this repository; packages stay outside.
 * @param {string} program
 * @returns {Promise<string>} the path of the module, below build/programs
 */
export async function bundle(program) {
  const outfile = join(
    root,
    'build/programs',
    dirname(relative(root, resolve(program))),
    `${basename(program, '.ts')}.mjs`,
  )
  await build({
    absWorkingDir: root,
    bundle: true,
    charset: 'utf8',
    entryPoints: [resolve(program)],
    format: 'esm',
    logLevel: 'warning',
    outfile,
    packages: 'external',
    platform: 'node',
    target: 'es2022',
    tsconfig: 'src/tsconfig.json',
  })
  return outfile
}
