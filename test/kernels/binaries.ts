/** The kernels' two test binaries, compiled when a source has changed and otherwise read from build/. */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, existsSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'

type Size = number
type Pointer = number
/** A `bool` of AssemblyScript: JavaScript's booleans become 0 and 1 at the border. */
type Flag = boolean

/** What the binary exports once plainly and once as the reference. The kernels' documentation is with them. */
interface KernelSet {
  readonly copy: (n: Size, x: Pointer, y: Pointer) => void
  readonly fill: (n: Size, value: number, y: Pointer) => void
  readonly scale: (n: Size, alpha: number, x: Pointer, y: Pointer) => void
  readonly axpy: (n: Size, alpha: number, x: Pointer, y: Pointer) => void
  readonly dot: (n: Size, x: Pointer, y: Pointer) => number
  readonly sum: (n: Size, x: Pointer) => number
  readonly maximum: (n: Size, x: Pointer) => number
  readonly minimum: (n: Size, x: Pointer) => number
  readonly gemv: (m: Size, n: Size, a: Pointer, x: Pointer, c: Pointer, y: Pointer) => void
  readonly gemvT: (m: Size, n: Size, a: Pointer, x: Pointer, c: Pointer, y: Pointer) => void
  readonly ger: (m: Size, n: Size, alpha: number, x: Pointer, y: Pointer, a: Pointer, accumulate: Flag) => void
  readonly gemm: (
    m: Size,
    n: Size,
    k: Size,
    alpha: number,
    a: Pointer,
    transposeA: Flag,
    b: Pointer,
    transposeB: Flag,
    c: Pointer,
    accumulate: Flag,
    workspace: Pointer,
  ) => void
  readonly mapExp: (n: Size, x: Pointer, y: Pointer) => void
  readonly mapLog: (n: Size, x: Pointer, y: Pointer) => void
  readonly mapTanh: (n: Size, x: Pointer, y: Pointer) => void
  readonly mapLogistic: (n: Size, x: Pointer, y: Pointer) => void
  readonly expScalar: (x: number) => number
  readonly logScalar: (x: number) => number
  readonly tanhScalar: (x: number) => number
  readonly logisticScalar: (x: number) => number
}

type References = { [Name in keyof KernelSet as `${Name}Reference`]: KernelSet[Name] }

export interface Kernels extends KernelSet, References {
  readonly gemmWorkspaceBytes: (m: Size, n: Size, k: Size) => number
  readonly pack: (
    width: Size,
    lines: Size,
    depth: Size,
    source: Pointer,
    lineBytes: number,
    depthBytes: number,
    out: Pointer,
  ) => void
  readonly mapErf: (n: Size, x: Pointer, y: Pointer) => void
  readonly mapErfc: (n: Size, x: Pointer, y: Pointer) => void
  readonly mapNormCdf: (n: Size, x: Pointer, y: Pointer) => void
  readonly mapFloor: (n: Size, x: Pointer, y: Pointer) => void
  readonly mapCeil: (n: Size, x: Pointer, y: Pointer) => void
  readonly mapRound: (n: Size, x: Pointer, y: Pointer) => void
  readonly erfScalar: (x: number) => number
  readonly erfcScalar: (x: number) => number
  readonly normCdfScalar: (x: number) => number
  readonly gaussian: (x: number, scale: number) => number
  readonly inverf: (z: number) => number
  readonly inverfc: (p: number) => number
  readonly invNormCdf: (p: number) => number
  readonly inverfSlope: (z: number) => number
  readonly inverfcSlope: (p: number) => number
  readonly invNormCdfSlope: (p: number) => number
  readonly lgamma: (x: number) => number
  readonly digamma: (x: number) => number
  readonly polygamma: (n: number, x: number) => number
  readonly heapBase: () => Pointer
}

/** A type of elements, as the tests need to know it. */
export interface ElementType {
  readonly name: 'float64' | 'float32'
  readonly bytes: 8 | 4
  /** Half the distance of 1 from the next number: the largest relative error of a rounding. */
  readonly epsilon: number
  readonly round: (x: number) => number
  /** An array of n zeros. */
  readonly array: (n: number) => Float64Array | Float32Array
  /** What the exports' names end with. */
  readonly suffix: '' | '32'
}

export const float64: ElementType = {
  name: 'float64',
  bytes: 8,
  epsilon: 2 ** -53,
  round: x => x,
  array: n => new Float64Array(n),
  suffix: '',
}

export const float32: ElementType = {
  name: 'float32',
  bytes: 4,
  epsilon: 2 ** -24,
  round: Math.fround,
  array: n => new Float32Array(n),
  suffix: '32',
}

/** The kernels of a binary for one type of elements. */
export interface Binary {
  readonly name: string
  readonly type: ElementType
  readonly module: WebAssembly.Module
  readonly kernels: Kernels
  readonly memory: WebAssembly.Memory
}

/** The exports for a type of elements under their names for float64. Those of numbers are left as they are. */
function kernelsFor({ suffix }: ElementType, exports: WebAssembly.Exports): Kernels {
  const kernels: Record<string, unknown> = { ...exports }
  for (const name of Object.keys(exports)) {
    if (suffix !== '' && name.endsWith(suffix)) kernels[name.slice(0, -suffix.length)] = exports[name]
  }
  return kernels as unknown as Kernels
}

const root = resolve(import.meta.dirname, '../..')
const entry = 'assembly/kernels/testExports.ts'
const memoryPages = 1024

const targets: readonly { readonly name: string; readonly features: readonly string[] }[] = [
  { name: 'simd', features: ['simd'] },
  { name: 'relaxed', features: ['simd', 'relaxed-simd'] },
]

/** Both binaries, each instantiated with a memory of its own, for each type of elements. */
export async function loadBinaries(): Promise<readonly Binary[]> {
  const binaries: Binary[] = []
  for (const { name, features } of targets) {
    const bytes = await compiled(name, features)
    // Behind a flag in Node 20; later Nodes need none.
    if (!WebAssembly.validate(bytes)) setFlagsFromString('--experimental-wasm-relaxed-simd')
    const module = new WebAssembly.Module(bytes)
    const memory = new WebAssembly.Memory({ initial: memoryPages })
    const instance = new WebAssembly.Instance(module, { env: { memory } })
    for (const type of [float64, float32]) {
      binaries.push({
        name: `${name}, ${type.name}`,
        type,
        module,
        memory,
        kernels: kernelsFor(type, instance.exports),
      })
    }
  }
  return binaries
}

/** A binary's bytes, from build/kernels/ if they were made from the very same sources and options. */
async function compiled(name: string, features: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const compilerVersion = readFileSync(join(root, 'node_modules/assemblyscript/package.json'), 'utf8')
  const options = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--config', 'none']
  for (const feature of features) options.push('--enable', feature)

  const hash = createHash('sha256').update(JSON.stringify(options)).update(compilerVersion)
  for (const folder of ['assembly/kernels', 'assembly/reference'])
    for (const file of readdirSync(join(root, folder)).sort())
      hash
        .update(file)
        .update('\0')
        .update(readFileSync(join(root, folder, file)))
        .update('\0')
  const cached = join(root, 'build/kernels', `${name}-${hash.digest('hex').slice(0, 16)}.wasm`)

  if (!existsSync(cached)) {
    mkdirSync(dirname(cached), { recursive: true })
    // Other test files may compile the same at this moment: a name of our own until it is whole.
    const unfinished = `${cached}.${process.pid}`
    writeFileSync(unfinished, await compile(options))
    renameSync(unfinished, cached)
  }
  return new Uint8Array(readFileSync(cached))
}

async function compile(options: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const { default: asc } = await import('assemblyscript/asc') // large, and seldom needed
  const written = new Map<string, Uint8Array | string>()
  const messages = asc.createMemoryStream()
  const result = await asc.main([entry, '--baseDir', root, '--outFile', 'kernels.wasm', ...options], {
    readFile: (name, baseDir) => {
      const path = resolve(baseDir, name)
      return existsSync(path) ? readFileSync(path, 'utf8') : null
    },
    writeFile: (name, contents) => void written.set(name, contents),
    stderr: messages,
  })
  const binary = written.get('kernels.wasm')
  if (result.error || !(binary instanceof Uint8Array))
    throw new Error(`The kernels do not compile:\n${messages.toString()}`, { cause: result.error })
  return new Uint8Array(binary)
}
