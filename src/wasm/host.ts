/** Threads of the host: Web Workers in browsers, worker_threads in Node. */
import type { Setup } from './worker.ts'

/** A thread that has been started. */
export interface Thread {
  /** From now on it does not keep the process alive. */
  release(): void
  /** Ends it. The promise is fulfilled when it runs no more. */
  terminate(): Promise<unknown>
}

/** What a thread tells: that it works, and, with the reason, that it does not any more. */
export interface Reports {
  ready(): void
  gone(reason: string): void
}

/** Starts a thread. */
export type Spawn = (setup: Setup, reports: Reports) => Thread

/** Of `node:worker_threads`, what is used. */
interface NodeWorker {
  on(event: 'message' | 'error' | 'exit', listener: (value: unknown) => void): void
  unref(): void
  terminate(): Promise<number>
}
type NodeWorkerClass = new (
  program: string,
  options: { eval: true; execArgv: readonly string[]; name: string; workerData: Setup },
) => NodeWorker

/** Makes a thread of Node look like a Web Worker to the program between. */
const nodePrologue =
  "const { parentPort, workerData } = require('node:worker_threads');" +
  'globalThis.postMessage = message => parentPort.postMessage(message);'
const nodeEpilogue = '\nonmessage({ data: workerData })'

/** How long after `terminate`, in milliseconds, a Web Worker, which does not say when it has ended, surely has. */
const TERMINATION = 100

const name = (setup: Setup): string => `backprop-wasm ${String(setup.index + 1)}`

function isNode(): boolean {
  const { process } = globalThis as { process?: { versions?: { node?: string } } }
  return typeof process?.versions?.node === 'string'
}

/** A module of Node; its name is no literal, so that no bundler looks for it. */
function nodeModule<M>(specifier: string): Promise<M> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ specifier) as Promise<M>
}

/** How many threads the machine runs at once. */
export async function parallelism(): Promise<number> {
  if (!isNode()) return navigator.hardwareConcurrency
  return (await nodeModule<{ availableParallelism(): number }>('node:os')).availableParallelism()
}

/** Why there cannot be threads over one memory here; undefined where there can. */
export function obstacle(): string | undefined {
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated
  if (typeof SharedArrayBuffer === 'function' && isolated !== false) return undefined
  return (
    'there is no SharedArrayBuffer. A page has it when it is served with the headers ' +
    '"Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp".'
  )
}

/** How threads are started here; of a program that is at `url`, or is given as text. */
export async function threads(program: string, url: string | undefined): Promise<Spawn> {
  if (isNode()) {
    const { Worker } = await nodeModule<{ Worker: NodeWorkerClass }>('node:worker_threads')
    return (setup, reports) => spawnNode(Worker, program, setup, reports)
  }
  // Never revoked: a pool that starts anew needs it again.
  const source = url ?? URL.createObjectURL(new Blob([program], { type: 'text/javascript' }))
  return (setup, reports) => spawnWeb(source, setup, reports)
}

function spawnNode(Worker: NodeWorkerClass, program: string, setup: Setup, reports: Reports): Thread {
  const worker = new Worker(nodePrologue + program + nodeEpilogue, {
    eval: true,
    // Options of the process are none of the worker's, such as one that makes its program a module.
    execArgv: [],
    name: name(setup),
    workerData: setup,
  })
  worker.on('message', () => {
    reports.ready()
  })
  worker.on('error', error => {
    reports.gone(String(error))
  })
  worker.on('exit', code => {
    reports.gone(`it ended with code ${String(code)}`)
  })
  return {
    release: () => {
      worker.unref()
    },
    terminate: () => worker.terminate(),
  }
}

function spawnWeb(source: string, setup: Setup, reports: Reports): Thread {
  const worker = new Worker(source, { name: name(setup) })
  worker.onmessage = () => {
    reports.ready()
  }
  worker.onerror = ({ message }: { message?: string }) => {
    reports.gone(message ?? 'its program could not be loaded')
  }
  worker.onmessageerror = () => {
    reports.gone('the memory could not be sent to it')
  }
  worker.postMessage(setup)
  return {
    release: () => undefined,
    terminate: () => {
      worker.terminate()
      return new Promise(ended => setTimeout(ended, TERMINATION))
    },
  }
}
