/**
 * Builds the package, each part only if something it is made from has changed.
 *
 *   node scripts/build.mjs                   every part that is stale
 *   node scripts/build.mjs --force           every part
 *   node scripts/build.mjs --only wasm       some parts: simd, relaxed, simd-threads, relaxed-threads, bind, worker, bundle,
 *                                            types; wasm = what is generated below src/
 *   node scripts/build.mjs --quiet           silent when nothing is stale
 *
 *   assembly/index.ts  ──asc──► build/wasm/{simd,relaxed}.wasm ─────────┐
 *   assembly/threads/  ──asc──► build/wasm/{simd,relaxed}-threads.wasm ─┤                          ┌─esbuild─► dist/*.js
 *   assembly/bind/     ──asc──► build/wasm/bind.wasm ───────────────────┼─► src/wasm/generated/ ───┤
 *   src/wasm/worker.ts ──esbuild────────────────────────────────────────┘   + src/                 └─tsc─────► dist/types/
 *
 * "Changed" is decided by content: build/stamps.json holds one hash a part, over its inputs and the versions of the tools.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { gzipSync } from 'node:zlib'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stampFile = join(root, 'build/stamps.json')
const run = promisify(execFile)

/** A failure that is explained by its message alone. */
class BuildError extends Error {}

/**
 * One thing to build.
 * @typedef {object} Part
 * @property {string} name
 * @property {string} needs the file without which this part cannot be built
 * @property {string[]} inputs files and folders whose content decides whether it is stale
 * @property {string[]} outputs files that must exist when it is fresh
 * @property {() => Promise<void>} build
 */

/** @type {Part[]} */
const parts = [
  engine('simd', 'asconfig.json'),
  engine('relaxed', 'asconfig.json'),
  engine('simd-threads', 'assembly/threads/asconfig.json'),
  engine('relaxed-threads', 'assembly/threads/asconfig.json'),
  {
    name: 'bind',
    needs: 'assembly/bind/index.ts',
    inputs: ['assembly/bind', 'assembly/shared', 'assembly/asbind/transform.mjs'],
    outputs: ['build/wasm/bind.wasm', 'src/wasm/generated/bind.ts'],
    build: async () => {
      // Not in the configuration: asc looks for a transform named there among the packages.
      await asc('bind', 'assembly/bind/asconfig.json', { more: ['--transform', './assembly/asbind/transform.mjs'] })
    },
  },
  {
    name: 'worker',
    needs: 'src/wasm/worker.ts',
    inputs: ['src/wasm/worker.ts', 'assembly/shared/job.ts'],
    outputs: ['src/wasm/generated/worker.ts'],
    build: async () => {
      const [program] = (await bundleOf({ entryPoints: ['src/wasm/worker.ts'], format: 'iife', minify: true }))
        .outputFiles
      write(
        'src/wasm/generated/worker.ts',
        `/** src/wasm/worker.ts as a script. Written by scripts/build.mjs. */\n` +
          `export const program: string =\n  ${JSON.stringify(program.text.trim())}\n`,
      )
    },
  },
  {
    name: 'bundle',
    needs: 'src/index.ts',
    inputs: ['src', 'assembly/asbind', 'assembly/shared'],
    outputs: [
      'dist/index.js',
      'dist/relaxed.js',
      'dist/threads.js',
      'dist/inspect.js',
      'dist/browser/backprop-wasm.min.js',
      'dist/browser/backprop-wasm.iife.js',
      'dist/browser/relaxed.js',
      'dist/browser/threads.js',
      'dist/browser/worker.js',
      'dist/THIRD-PARTY-LICENSES.txt',
    ],
    build: bundle,
  },
  {
    name: 'types',
    needs: 'src/index.ts',
    inputs: ['src', 'assembly/asbind', 'assembly/shared', 'tsconfig.json', 'scripts/declarations.mjs'],
    outputs: ['dist/types/src/index.d.ts', 'dist/types/src/inspect/index.d.ts'],
    build: declarations,
  },
]

/** What is generated below src/, and so built before the rest. */
const generated = parts.filter(part => part.outputs.some(file => file.startsWith('src/')))

/**
 * The engine, for one instruction set.
 * @param {string} target a target of the configuration
 * @param {string} config
 * @returns {Part}
 */
function engine(target, config) {
  return {
    name: target,
    needs: 'assembly/index.ts',
    inputs: [...enginePaths(), config],
    outputs: [`build/wasm/${target}.wasm`, moduleOf(target)],
    build: async () => {
      const sources = createHash('sha256')
      for (const file of enginePaths()) sources.update(`\0${file}\0`).update(readFileSync(join(root, file)))
      // By which the library knows that a file beside it is of its own version.
      await asc(target, config, { constants: { sources: sources.digest('hex').slice(0, 16) } })
    },
  }
}

/**
 * The module that holds a binary.
 * @param {string} target
 */
function moduleOf(target) {
  // src/wasm/relaxed.d.ts says why this one is in another place.
  return target === 'relaxed' ? 'src/wasm/relaxed.js' : `src/wasm/generated/${target}.ts`
}

/** What in assembly/ the engines may be made from: everything but the cold path. */
function enginePaths() {
  return list(join(root, 'assembly'))
    .map(file => relative(root, file).split(sep).join('/'))
    .filter(file => !/^assembly\/(bind|asbind|reference)\//.test(file) && file.endsWith('.ts'))
}

/**
 * Compiles one binary and writes it again as a module that holds it in base64.
 * @param {string} target
 * @param {string} config
 * @param {{ more?: string[], constants?: Record<string, string> }} options further arguments of the compiler, and what else the
 *   module exports
 */
async function asc(target, config, { more = [], constants = {} }) {
  const compiler = join(root, 'node_modules/assemblyscript/bin/asc.js')
  const { stderr } = await run(process.execPath, [compiler, '--config', config, '--target', target, ...more], {
    cwd: root,
  })
  if (stderr.trim() !== '') console.error(stderr.trim())
  const binary = readFileSync(join(root, `build/wasm/${target}.wasm`))
  const file = moduleOf(target)
  const type = file.endsWith('.ts') ? ': string' : ''
  write(
    file,
    `/** build/wasm/${target}.wasm in base64. Written by scripts/build.mjs. */\n` +
      Object.entries({ ...constants, wasmBase64: binary.toString('base64') })
        .map(([name, text]) => `export const ${name}${type} =\n  '${text}'\n`)
        .join(''),
  )
}

/**
 * Bundles with the settings of the package.
 * @param {import('esbuild').BuildOptions} options
 */
async function bundleOf(options) {
  const esbuild = await import('esbuild')
  return esbuild.build({
    absWorkingDir: root,
    bundle: true,
    charset: 'utf8',
    legalComments: 'inline',
    logLevel: 'silent',
    platform: 'neutral',
    plugins: [apart],
    target: 'es2022', // beyond it esbuild may write calls that Node 20 does not have
    tsconfig: 'src/tsconfig.json',
    ...options,
    write: false,
  })
}

/**
 * Leaves what not everybody needs in files of their own beside the bundle, to be loaded on demand: `relaxed.js` and `threads.js`.
 * @type {import('esbuild').Plugin}
 */
const apart = {
  name: 'apart',
  setup(build) {
    build.onResolve({ filter: /^\.\/(relaxed\.js|threads\.ts)$/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: path.replace('.ts', '.js'), external: true } : undefined,
    )
  },
}

/** The JavaScript that is shipped. */
async function bundle() {
  /** @type {(entry: string, outfile: string, options?: import('esbuild').BuildOptions) => ReturnType<typeof bundleOf>} */
  const esm = (entry, outfile, options = {}) => bundleOf({ format: 'esm', entryPoints: [entry], outfile, ...options })
  const builds = await Promise.all([
    esm('src/index.ts', 'dist/index.js'),
    esm('src/wasm/relaxed.js', 'dist/relaxed.js'),
    esm('src/wasm/threads.ts', 'dist/threads.js'),
    esm('src/inspect/index.ts', 'dist/inspect.js'),
    esm('src/index.ts', 'dist/browser/backprop-wasm.min.js', { minify: true }),
    esm('src/wasm/relaxed.js', 'dist/browser/relaxed.js', { minify: true, charset: 'ascii' }),
    esm('src/wasm/threads.ts', 'dist/browser/threads.js', { minify: true, charset: 'ascii' }),
    bundleOf({
      charset: 'ascii', // a script tag takes the encoding of its page, a module is always UTF-8
      format: 'iife',
      globalName: 'backpropWasm',
      minify: true,
      entryPoints: ['src/index.ts'],
      outfile: 'dist/browser/backprop-wasm.iife.js',
    }),
    bundleOf({
      charset: 'ascii',
      format: 'iife',
      minify: true,
      entryPoints: ['src/wasm/worker.ts'],
      outfile: 'dist/browser/worker.js',
    }),
  ])
  for (const { outputFiles } of builds)
    for (const file of outputFiles ?? []) write(relative(root, file.path), file.contents)
  write('dist/THIRD-PARTY-LICENSES.txt', thirdPartyLicenses())
}

/** The licences of what is inside the shipped files though written by others. */
function thirdPartyLicenses() {
  const text = (/** @type {string} */ path) => readFileSync(join(root, 'node_modules', path), 'utf8').trim()
  return [
    'dist/inspect.js contains the run time of as-bind and, through it, the loader of AssemblyScript.',
    'The WebAssembly binaries contain parts of the standard library of AssemblyScript.',
    `as-bind\n\n${text('as-bind/LICENSE')}`,
    `AssemblyScript\n\n${text('assemblyscript/NOTICE')}\n\n${text('assemblyscript/LICENSE')}`,
  ].join(`\n\n${'-'.repeat(80)}\n\n`)
}

/** The declarations that are shipped: those that the two entries lead to. */
async function declarations() {
  const emitted = join(root, 'build/types')
  rmSync(emitted, { recursive: true, force: true })
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'src/tsconfig.json'], {
    cwd: root,
  })
  const { reachable } = await import('./declarations.mjs')
  const shipped = reachable(['src/index.d.ts', 'src/inspect/index.d.ts'].map(file => join(emitted, file)))
  rmSync(join(root, 'dist/types'), { recursive: true, force: true })
  for (const [file, declared] of shipped) {
    // `.ts` in a declaration is understood by TypeScript 5 and later only; `.js` by every version.
    const text = declared.replace(/(\bfrom |\bimport ?\(?)(['"])(\.{1,2}\/[^'"]+)\.ts\2/g, '$1$2$3.js$2')
    // So that `using` works for users whose own `lib` does not go that far.
    const library = text.includes('Symbol.dispose') ? '/// <reference lib="esnext.disposable" />\n' : ''
    write(join('dist/types', relative(emitted, file)), library + text)
  }
}

/**
 * Writes a file as one step, so that whoever reads it at the same time sees the old or the new content.
 * @param {string} path below the root
 * @param {string | Uint8Array} content
 */
function write(path, content) {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  const temporary = `${file}.${process.pid}`
  writeFileSync(temporary, content)
  renameSync(temporary, file)
}

/**
 * The files of a folder, or the file itself; sorted.
 * @param {string} path
 * @returns {string[]}
 */
function list(path) {
  if (!existsSync(path)) return []
  try {
    return readdirSync(path, { withFileTypes: true })
      .flatMap(entry => (entry.isDirectory() ? list(join(path, entry.name)) : [join(path, entry.name)]))
      .sort()
  } catch {
    return [path]
  }
}

/**
 * The hash of all that decides what a part looks like.
 * @param {Part} part
 * @param {string} tools
 */
function fingerprint(part, tools) {
  const hash = createHash('sha256').update(tools)
  for (const file of part.inputs.flatMap(input => list(resolve(root, input)))) {
    if (/\.\d+$/.test(file)) continue // another process is writing it
    const content = readFileSync(file)
    hash.update(`\0${relative(root, file)}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

/** The build script and the versions of the compilers. */
function toolVersions() {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const versions = ['as-bind', 'assemblyscript', 'esbuild', 'typescript'].map(name => devDependencies[name])
  return versions.join(' ') + readFileSync(fileURLToPath(import.meta.url), 'utf8')
}

/** @returns {Record<string, string>} */
function readStamps() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'))
  } catch {
    return {}
  }
}

function printSizes() {
  const files = [
    ...['simd', 'relaxed', 'simd-threads', 'relaxed-threads', 'bind'].map(name => `build/wasm/${name}.wasm`),
    ...(parts.find(part => part.name === 'bundle')?.outputs ?? []).filter(file => file.endsWith('.js')),
  ].filter(file => existsSync(join(root, file)))
  const kilobytes = (/** @type {number} */ bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10)
  console.log(`${'file'.padEnd(36)}${'raw'.padStart(10)}${'gzip'.padStart(10)}`)
  for (const file of files) {
    const content = readFileSync(join(root, file))
    console.log(`${file.padEnd(36)}${kilobytes(content.length)}${kilobytes(gzipSync(content, { level: 9 }).length)}`)
  }
}

async function main() {
  const { values: options } = parseArgs({
    options: {
      force: { type: 'boolean', default: false },
      'if-stale': { type: 'boolean', default: true },
      only: { type: 'string' },
      quiet: { type: 'boolean', default: false },
    },
  })
  const wanted = options.only?.split(',').flatMap(name => (name === 'wasm' ? generated.map(part => part.name) : [name]))
  const unknown = wanted?.find(name => !parts.some(part => part.name === name))
  if (unknown !== undefined)
    throw new BuildError(
      `no part is called "${unknown}"; there are ${parts.map(part => part.name).join(', ')} and wasm`,
    )

  const tools = toolVersions()
  /** @param {Part[]} group independent of each other, so built at the same time */
  const buildStale = async group => {
    const stale = group
      .filter(part => wanted?.includes(part.name) ?? true)
      .map(part => ({ part, hash: fingerprint(part, tools) }))
      .filter(({ part, hash }) => {
        const exists = part.outputs.every(file => existsSync(join(root, file)))
        return options.force || !exists || readStamps()[part.name] !== hash
      })
    for (const { part } of stale)
      if (!existsSync(join(root, part.needs)))
        throw new BuildError(`${part.needs} does not exist, so "${part.name}" cannot be built`)
    await Promise.all(
      stale.map(async ({ part, hash }) => {
        const start = performance.now()
        try {
          await part.build()
        } catch (error) {
          throw new BuildError(`"${part.name}" failed\n${explain(error)}`)
        }
        console.log(`build: ${part.name.padEnd(8)}${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s`)
        write('build/stamps.json', JSON.stringify({ ...readStamps(), [part.name]: hash }, null, 2) + '\n')
      }),
    )
    return stale.length
  }
  const built = (await buildStale(generated)) + (await buildStale(parts.filter(part => !generated.includes(part))))
  if (built > 0 && !options.quiet) printSizes()
  if (built === 0 && !options.quiet) console.log('build: up to date (--force builds anyway)')
}

/**
 * What a compiler wrote, or the error's own words.
 * @param {unknown} error
 */
function explain(error) {
  if (typeof error !== 'object' || error === null) return String(error)
  const { stdout = '', stderr = '', message = '' } = /** @type {Record<string, string | undefined>} */ (error)
  return [stdout, stderr].filter(text => text.trim() !== '').join('\n') || message
}

try {
  await main()
} catch (error) {
  if (!(error instanceof BuildError)) throw error
  console.error(`build: ${error.message}`)
  process.exitCode = 1
}
