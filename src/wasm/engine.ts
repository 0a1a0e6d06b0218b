/** The one engine of this realm: its memory and its exports, started at first use. */
import { EngineError } from '../errors.ts'
import type { EngineExports } from './exports.ts'
import { load, loadAsync, requireWebAssembly } from './load.ts'
import { LinearMemory } from './memory.ts'

/**
 * Options of `init`.
 *
 * @example
 * ```ts
 * const options: InitOptions = { maximumBytes: 2 ** 30 }
 * await init(options)
 * ```
 */
export interface InitOptions {
  /** The most memory the engine may use, in bytes; 4 GiB by default, which is the most that WebAssembly has. */
  readonly maximumBytes?: number
  /** Use the binary without fused multiply-add, so that results are the same bits on every machine. */
  readonly deterministic?: boolean
}

const MAXIMUM_BYTES = 2 ** 32

/** @internal A running engine. */
export interface Engine {
  readonly memory: LinearMemory
  readonly exports: EngineExports
  /** Where the control block is, in 32-bit integers. */
  readonly control: number
}

let started: Engine | undefined
let starting = false

function newMemory(maximumBytes: number): LinearMemory {
  if (!(maximumBytes >= 2 ** 22 && maximumBytes <= MAXIMUM_BYTES)) {
    throw new EngineError(
      `init: maximumBytes is ${String(maximumBytes)}. Give a number of bytes from 4 MiB to 4 GiB (2 ** 32).`,
    )
  }
  requireWebAssembly()
  try {
    return new LinearMemory(maximumBytes)
  } catch (cause) {
    throw new EngineError(
      `there is no room for a WebAssembly memory that may grow to ${String(maximumBytes)} bytes. Ask for less: ` +
        'await init({ maximumBytes }).',
      { cause },
    )
  }
}

function start(memory: LinearMemory, exports: EngineExports): Engine {
  memory.start(exports.heapStart() >>> 0)
  exports.useWorkspace(memory.allocate(exports.gemmWorkspaceBytes(1 << 20, 1 << 20, 1 << 20)))
  started = { memory, exports, control: exports.controlBlock() / 4 }
  return started
}

/** @internal The engine; starts it if nobody has. */
export function engine(): Engine {
  if (started !== undefined) return started
  const memory = newMemory(MAXIMUM_BYTES)
  return start(memory, load(memory.memory, false))
}

/**
 * Starts the engine with options, compiling in the background: engine = start(options). Not needed otherwise: the
 * first use starts it.
 *
 * @param options the options
 * @returns a promise that is fulfilled when the engine runs
 * @throws {EngineError} when the engine has started already, an option is out of range, or WebAssembly cannot run.
 * @example
 * ```ts
 * await init({ maximumBytes: 2 ** 30 })
 * ```
 */
export async function init(options: InitOptions = {}): Promise<void> {
  if (started !== undefined || starting) {
    throw new EngineError('init: the engine has already started. Call init once, before any other function.')
  }
  const memory = newMemory(options.maximumBytes ?? MAXIMUM_BYTES)
  starting = true
  try {
    const exports = await loadAsync(memory.memory, options.deterministic ?? false)
    if (started !== undefined) {
      throw new EngineError('init: the engine was used before init had finished. Await init first.')
    }
    start(memory, exports)
  } finally {
    starting = false
  }
}
