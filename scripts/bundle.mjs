/** Bundles a TypeScript program with the settings of the package. */
import { build } from 'esbuild'
import { basename, dirname, join, relative, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

/**
 * Bundles a program of this repository; packages stay outside, and beside the module lies what it loads on demand.
 * @param {string} program
 * @returns {Promise<string>} the path of the module, below build/programs
 */
export async function bundle(program) {
  const outdir = join(root, 'build/programs', dirname(relative(root, resolve(program))))
  const name = basename(program, '.ts')
  await build({
    absWorkingDir: root,
    bundle: true,
    charset: 'utf8',
    // As the relaxed binary lies beside the library, whichever way it is loaded.
    entryPoints: { [name]: resolve(program), relaxed: 'src/wasm/relaxed.js' },
    format: 'esm',
    logLevel: 'warning',
    outdir,
    packages: 'external',
    platform: 'node',
    splitting: true,
    target: 'es2022',
    tsconfig: 'src/tsconfig.json',
  })
  return join(outdir, `${name}.js`)
}
