/** The packed tarball, installed into an empty project: contents, use from Node, types. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build, type BuildOptions } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasRelaxedSimd } from '../../src/wasm/binary.ts'

const root = resolve(import.meta.dirname, '../..')
const project = mkdtempSync(join(tmpdir(), 'backprop-wasm-'))
const installed = join(project, 'node_modules/backprop-wasm')
let packed: string[]

function node(...args: string[]): string {
  return run(process.execPath, ...args)
}

/** Runs a program in the project; its output is part of the error if it fails. */
function run(program: string, ...args: string[]): string {
  try {
    return execFileSync(program, args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${program} ${args.join(' ')} failed\n${stdout}${stderr}`, { cause: error })
  }
}

/** Bundles a program of the project, without a warning; the files it is made of. */
async function bundleOf(program: string, options: BuildOptions): Promise<string[]> {
  const { metafile, warnings } = await build({
    ...options,
    absWorkingDir: project,
    bundle: true,
    entryPoints: [program],
    logLevel: 'silent',
    metafile: true,
    platform: 'browser',
    target: 'es2022',
  })
  expect(warnings).toEqual([])
  return Object.keys(metafile.outputs)
}

beforeAll(() => {
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs'), '--quiet'], { stdio: 'inherit' })
  const pack = ['pack', root, '--ignore-scripts', '--json', '--pack-destination', project]
  const [{ filename, files }] = JSON.parse(run('npm', ...pack)) as [{ filename: string; files: { path: string }[] }]
  packed = files.map(({ path }) => path).sort()
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }')
  run('npm', 'install', '--offline', '--no-audit', '--no-fund', `./${filename}`)
  cpSync(join(root, 'test/package/consumer'), project, { recursive: true })
})

afterAll(() => rmSync(project, { recursive: true, force: true }))

describe('contents', () => {
  test('what is shipped and nothing else', () => {
    const folders = ['dist/types/', 'docs/']
    expect(packed.filter(path => !folders.some(folder => path.startsWith(folder)))).toEqual(
      [
        'CHANGELOG.md',
        'LICENSE',
        'README.md',
        'dist/THIRD-PARTY-LICENSES.txt',
        'dist/browser/backprop-wasm.iife.js',
        'dist/browser/backprop-wasm.min.js',
        'dist/browser/relaxed.js',
        'dist/browser/threads.js',
        'dist/browser/worker.js',
        'dist/index.js',
        'dist/inspect.js',
        'dist/relaxed.js',
        'dist/threads.js',
        'package.json',
      ].sort(),
    )
    for (const path of packed.filter(path => path.startsWith('dist/types/'))) expect(path).toMatch(/\.d\.ts$/)
    for (const path of packed.filter(path => path.startsWith('docs/'))) expect(path).toMatch(/\.md$/)
  })

  test('no run-time dependencies: nothing else is installed', () => {
    const names = readdirSync(join(project, 'node_modules')).filter(name => !name.startsWith('.'))
    expect(names).toEqual(['backprop-wasm'])
  })

  test('no path of the machine that built it', () => {
    for (const path of packed) expect(readFileSync(join(installed, path), 'utf8')).not.toContain(root)
  })

  test('the file for a script tag is ASCII: it takes the encoding of the page', () => {
    const script = readFileSync(join(installed, 'dist/browser/backprop-wasm.iife.js'))
    expect(script.every(byte => byte < 0x80)).toBe(true)
  })

  test('every target of exports is there', () => {
    const { exports } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { exports: object }
    const targets = JSON.stringify(exports).match(/\.\/dist\/[^"]+/g) ?? []
    expect(targets.length).toBeGreaterThan(4)
    for (const target of targets) expect(packed).toContain(target.slice(2))
  })
})

describe('in Node', () => {
  test('the gradient of a network agrees with differences', () => {
    expect(node('use.mjs')).toBe('gradient of w1, b1, w2, b2\n')
  })

  test('importing it compiles nothing and prints nothing', () => {
    const script = `
      const compiled = []
      for (const name of ['Module', 'Instance', 'Memory'])
        WebAssembly[name] = class { constructor() { compiled.push(name) } }
      await import('backprop-wasm')
      await import('backprop-wasm/inspect')
      console.log(compiled.length)`
    expect(node('--input-type=module', '--eval', script)).toBe('0\n')
  })

  test('from CommonJS by import()', () => {
    const script = "import('backprop-wasm').then(({ gradBP }) => console.log(gradBP(x => x.mul(x))(3)))"
    expect(node('--input-type=commonjs', '--eval', script)).toBe('6\n')
  })

  test('in a worker', () => {
    writeFileSync(
      join(project, 'worker.mjs'),
      `import { parentPort } from 'node:worker_threads'
       import { gradBP } from 'backprop-wasm'
       parentPort.postMessage(gradBP(x => x.mul(x).mul(x))(2))`,
    )
    writeFileSync(
      join(project, 'main.mjs'),
      `import { Worker } from 'node:worker_threads'
       new Worker(new URL('worker.mjs', import.meta.url)).on('message', gradient => console.log(gradient))`,
    )
    expect(node('main.mjs')).toBe('12\n')
  })
})

describe('in a bundle', () => {
  test('the methods of variables are there though their functions are not imported', async () => {
    writeFileSync(
      join(project, 'methods.mjs'),
      `import { gradBP, matrix, vector } from 'backprop-wasm'
       const a = matrix([1, 2, 3, 4], 2, 2)
       const f = w => w.matVec(vector([1, 2], 2)).max(0).sum().add(w.tan().dot(a))
       console.log(gradBP(f)(matrix([0, 0, 0, 0], 2, 2)).toArray().join())`,
    )
    for (const packageName of ['backprop-wasm', 'backprop-wasm/browser']) {
      await bundleOf('methods.mjs', {
        alias: { 'backprop-wasm': packageName },
        format: 'esm',
        minify: true,
        outfile: 'methodsBundled.mjs',
        treeShaking: true,
      })
      expect(node('methodsBundled.mjs')).toBe('1.5,3,3.5,5\n')
    }
  })
})

describe('the binary that runs', () => {
  // Behind a flag in Node 20; later Nodes need none.
  const flags = hasRelaxedSimd() ? [] : ['--experimental-wasm-relaxed-simd']
  const sizes = () => ['simd', 'relaxed'].map(name => statSync(join(root, `build/wasm/${name}.wasm`)).size)

  /** Runs a program that uses a library; which binary it compiles, and what it prints besides, warnings included. */
  function binaryOf(program: string, ...args: readonly string[]): string {
    const prologue = `
      const { Module, instantiate } = WebAssembly
      const tell = bytes => console.log(bytes.length)
      WebAssembly.Module = class extends Module { constructor(bytes) { super(bytes); tell(bytes) } }
      WebAssembly.instantiate = (bytes, imports) => { tell(bytes); return instantiate(bytes, imports) }`
    writeFileSync(join(project, 'prologue.cjs'), prologue)
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [...flags, '--require', './prologue.cjs', ...args, '--eval', program],
      { cwd: project, encoding: 'utf8' },
    )
    const [simd, relaxed] = sizes()
    return (stdout + stderr).replace(String(simd), 'simd').replace(String(relaxed), 'relaxed')
  }
  const asModule = '--input-type=module'
  const asCommonJs = '--input-type=commonjs'
  const square = 'console.log(gradBP(x => x.mul(x))(3))'

  test.each([
    ['at the first use', `import { gradBP } from 'backprop-wasm'; ${square}`, asModule],
    ['by init', `import { gradBP, init } from 'backprop-wasm'; await init(); ${square}`, asModule],
    ['from CommonJS by import()', `import('backprop-wasm').then(({ gradBP }) => ${square})`, asCommonJs],
    ['from CommonJS by require()', `const { gradBP } = require('backprop-wasm'); ${square}`, asCommonJs],
    ['of the minified file', `import { gradBP } from 'backprop-wasm/browser'; ${square}`, asModule],
    [
      'in a worker',
      `new (require('node:worker_threads').Worker)(
         "require('./prologue.cjs'); import('backprop-wasm').then(({ gradBP }) => ${square})", { eval: true })`,
      asCommonJs,
    ],
  ])('%s: the relaxed one', (_place, program, type) => {
    expect(binaryOf(program, type)).toBe('relaxed\n6\n')
  })

  test('with `deterministic`: the plain one', () => {
    const program = `import { gradBP, init } from 'backprop-wasm'; await init({ deterministic: true }); ${square}`
    expect(binaryOf(program, asModule)).toBe('simd\n6\n')
  })

  test('without the file beside it: the plain one', () => {
    mkdirSync(join(project, 'alone'), { recursive: true })
    cpSync(join(installed, 'dist/index.js'), join(project, 'alone/index.js'))
    const use = "import { gradBP, init } from './alone/index.js';"
    expect(binaryOf(`${use} ${square}`, asModule)).toBe('simd\n6\n')
    expect(binaryOf(`${use} await init(); ${square}`, asModule)).toBe('simd\n6\n')
  })

  test('in a bundle: the relaxed one after init, from a chunk of its own or the same file; at the first use the plain one', async () => {
    const bundled = async (start: string, options: BuildOptions) => {
      writeFileSync(join(project, 'start.mjs'), `import { gradBP, init } from 'backprop-wasm'; ${start} ${square}`)
      return bundleOf('start.mjs', options)
    }
    const split = await bundled('await init();', { outdir: 'startSplit', format: 'esm', splitting: true })
    expect(split.filter(file => file.includes('relaxed'))).toHaveLength(1)
    expect(binaryOf("import './startSplit/start.js'", asModule)).toBe('relaxed\n6\n')
    await bundled('await init();', { outfile: 'startSingle.mjs', format: 'esm' })
    expect(binaryOf("import './startSingle.mjs'", asModule)).toBe('relaxed\n6\n')
    await bundled('', { outfile: 'startAtOnce.mjs', format: 'esm' })
    expect(binaryOf("import './startAtOnce.mjs'", asModule)).toBe('simd\n6\n')
    for (const format of ['cjs', 'iife'] as const) {
      await bundled('', { outfile: `${format}.cjs`, format })
      expect(binaryOf(`require('./${format}.cjs')`, asCommonJs)).toBe('simd\n6\n')
    }
  })
})

describe('workers', () => {
  const program = `
    import { evalBP, init, matMul, matrix, sum, workers } from 'backprop-wasm'
    await init({ workers: 2 })
    const ones = matrix(new Float64Array(90000).fill(1), 300, 300)
    console.log(workers().count, evalBP(x => sum(matMul(x, x)))(ones))`

  test('in Node', () => {
    expect(node('--input-type=module', '--eval', program)).toBe('2 27000000\n')
  })

  test('in a bundle, with what they need in a chunk of its own, or in one file', async () => {
    writeFileSync(join(project, 'bundled.mjs'), program)
    const chunks = await bundleOf('bundled.mjs', { format: 'esm', outdir: 'split', splitting: true })
    expect(chunks.filter(file => file.includes('threads'))).toHaveLength(1)
    expect(node('split/bundled.js')).toBe('2 27000000\n')
    await bundleOf('bundled.mjs', { format: 'esm', outfile: 'single.mjs' })
    expect(node('single.mjs')).toBe('2 27000000\n')
  })
})

describe('types', () => {
  // Declarations are checked too (skipLibCheck off), Node's types are not given, and those of the DOM only sometimes.
  const modules = [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ]
  const libraries = [['es2022'], ['es2023'], ['es2023', 'dom']]
  const cases = modules.flatMap(([module, moduleResolution]) =>
    libraries.map(lib => [module, moduleResolution, lib] as const),
  )

  test.each(cases)('module %s, moduleResolution %s, lib %j', (module, moduleResolution, lib) => {
    const options = { module, moduleResolution, target: 'es2022', lib, types: [], strict: true, noEmit: true }
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['use.ts'] }))
    node(join(root, 'node_modules/typescript/bin/tsc'), '-p', '.')
  })

  test('what does not fit a call is compared with the type that is meant', () => {
    const options = { module: 'nodenext', target: 'es2022', types: [], strict: true, noEmit: true, skipLibCheck: true }
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['wrong.ts'] }))
    let said = ''
    try {
      node(join(root, 'node_modules/typescript/bin/tsc'), '-p', '.')
    } catch (error) {
      said = String(error)
    }
    expect(said).toContain(
      "of type 'Vector<number, \"float64\">' is not assignable to parameter of type 'Plain<number>'",
    )
    expect(said).toContain("Type 'number[]' is missing the following properties from type 'Tensor<readonly [number]")
    expect(said).not.toContain('Resident<')
  })

  test('what is internal has no declarations', () => {
    const engine = ['arena', 'run', 'tape', 'hostStore', 'vmap/template', 'wasm/memory', 'wasm/exports']
    expect(packed.filter(path => engine.some(name => path === `dist/types/src/${name}.d.ts`))).toEqual([])
    const variable = readFileSync(join(installed, 'dist/types/src/var.d.ts'), 'utf8')
    expect(variable).toContain('export declare function constVar')
    expect(variable).not.toContain('HOST')
  })
})
