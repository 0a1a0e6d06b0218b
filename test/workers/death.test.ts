/** Workers that die: with nothing to do, and with part of an op. Each test has an engine of its own. */
import type * as backpropWasm from 'backprop-wasm'
import type { BVar, Matrix, Var } from 'backprop-wasm'
import type { Worker } from 'node:worker_threads'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { JOB_BUSY, JOB_CHUNKS_MASK, JOB_TICKET } from '../../assembly/shared/job.ts'
import type * as engineModule from '../../src/wasm/engine.ts'
import type * as threadsModule from '../../src/wasm/threads.ts'

type Library = typeof backpropWasm

let library: Library
let internal: typeof engineModule
/** The threads that have been started, the last one last. */
let started: Worker[]

beforeEach(async () => {
  vi.resetModules()
  library = await import('backprop-wasm')
  internal = await import('../../src/wasm/engine.ts')
  started = []
  const onWorker = (worker: Worker): unknown => started.push(worker)
  process.on('worker', onWorker)
  return async () => {
    process.off('worker', onWorker)
    vi.doUnmock('../../src/wasm/threads.ts')
    delete process.env['RIGGED']
    await library.closeWorkers()
  }
})

const N = 320
const square = (n = N): Matrix => library.matrix(new Float64Array(n * n).fill(1), n, n)
/** Takes about 2 ms, and is shared. */
const product = (): Matrix => library.evalBP((x: Var<Matrix>) => library.matMul(x, x))(square())
const isRight = ({ data }: Matrix): boolean => data.every(value => value === N)

/** Waits until so many workers work. */
const untilThereAre = (count: number): Promise<boolean> =>
  vi.waitUntil(() => library.workers().count === count, { timeout: 10_000, interval: 5 })

/** The job's number. */
function ticket(): number {
  const { memory, exports } = internal.engine()
  const job = (exports as unknown as { jobBlock(): number }).jobBlock()
  return Atomics.load(memory.i32, (job + JOB_TICKET) / 4)
}

describe('with nothing to do', () => {
  test('the error is there to be read, work goes on, the pool starts anew', async () => {
    await library.init({ workers: 2 })
    expect(isRight(product())).toBe(true)
    await started[1].terminate()
    await vi.waitUntil(() => library.workers().reason !== undefined)
    const { count, wanted, reason } = library.workers()
    expect([count, wanted]).toEqual([0, 2])
    expect(reason).toBeInstanceOf(library.WorkerError)
    expect(reason?.worker).toBe(2)
    expect(reason?.message).toMatch(/worker 2 is gone: it ended with code 1/)
    expect(isRight(product())).toBe(true)
    await untilThereAre(2)
    expect(library.workers().reason).toBeUndefined()
    expect(started.length).toBe(4)
    const before = ticket()
    expect(isRight(product())).toBe(true)
    expect(ticket()).not.toBe(before)
  })

  test('before the main thread has noticed it', async () => {
    await library.init({ workers: 1 })
    const ended = started[0].terminate()
    for (let i = 0; i < 20; i++) expect(isRight(product())).toBe(true)
    await ended
    await untilThereAre(1)
  })

  test('again and again: in the end it stays with one thread', async () => {
    await library.init({ workers: 1 })
    for (let i = 0; i < 3; i++) {
      await started[i].terminate()
      await vi.waitUntil(() => started.length > i + 1)
      await untilThereAre(1)
    }
    await started[3].terminate()
    await vi.waitUntil(() => library.workers().count === 0)
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(started.length).toBe(4)
    expect(library.workers().reason?.message).toMatch(/worker 1 is gone/)
    expect(isRight(product())).toBe(true)
  })

  test('one whose program does not start: init is fulfilled, and says why', async () => {
    await rig('throw new Error("no such program")', true)
    await library.init({ workers: 2 })
    const { count, reason } = library.workers()
    expect(count).toBe(0)
    expect(reason?.message).toMatch(/no such program.*worker-src blob:.*workerUrl/)
    expect(isRight(product())).toBe(true)
  })
})

describe('with part of an op', () => {
  test.each([
    ['ends', 'process.exit(0)', /worker 1 of 1 has not answered for 0\.\d s: it was ended from outside, or hangs/],
    ['hangs', 'for (;;);', /worker 1 of 1 has not answered/],
    ['throws', 'throw new Error("out of memory")', /worker 1 of 1 has not answered/],
  ])('one that %s: the call throws, work goes on, the pool starts anew', async (_what, ending, message) => {
    await rig(taking(ending))
    await library.init({ workers: 1 })
    ;(internal.enginePool() as { patience: number }).patience = 200
    await expectLoss(product, message)
  })

  test('one that comes to an error tells at once', async () => {
    // Its workspace is where no memory is.
    await rig('const main = onmessage; onmessage = ({ data }) => main({ data: { ...data, workspace: 0xffff0000 } })')
    await library.init({ workers: 1 })
    const from = performance.now()
    await expectLoss(product, /worker 1 of 1 failed, and with it part of an op/)
    expect(performance.now() - from).toBeLessThan(4000)
  })

  test('one of several', async () => {
    await rig(
      'const main = onmessage; onmessage = ({ data }) => main({ data: data.index === 1 ? { ...data, workspace: 0xffff0000 } : data })',
    )
    await library.init({ workers: 3 })
    await expectLoss(product, /worker 2 of 3 failed/, 2, 3)
  })

  test('in the middle of a walk back, recorded and compiled', async () => {
    const { compile, gradBP, matMul, resident, sgdStep, sin, sum } = library
    interface P {
      a: Matrix
    }
    const small = { a: square(4) }
    const large = { a: square() }
    const loss = ({ a }: BVar<P>): Var<number> => sum(sin(matMul(a, a)))
    const gradient = gradBP(loss)
    const step = compile(sgdStep(loss, { rate: 0.01 }))
    await rig(taking('process.exit(0)'))
    await library.init({ workers: 1 })
    const pool = internal.enginePool() as { patience: number; use(count: number): void }
    pool.patience = 100
    pool.use(0)
    const expected = { small: gradient(small), large: gradient(large) }
    pool.use(1)
    const { memory } = internal.engine()
    const used = memory.bytesInUse
    await expectLoss(() => gradient(large))
    expect(memory.bytesInUse).toBe(used)
    expect(gradient(small)).toEqual(expected.small)
    expect(gradient(large)).toEqual(expected.large)

    process.env['RIGGED'] = '1'
    await started.at(-1)?.terminate()
    await untilThereAre(0)
    await untilThereAre(1)
    const parameters = resident(large)
    await expectLoss(() => step(parameters))
    parameters.write(large)
    pool.use(0)
    step(parameters)
    const onOne = parameters.read()
    pool.use(1)
    parameters.write(large)
    step(parameters)
    expect(parameters.read()).toEqual(onOne)
  })
})

/** The call throws a WorkerError; others work at once; then there is a worker again, and the call works. */
async function expectLoss(call: () => unknown, message = /worker 1 of 1/, which = 1, wanted = 1): Promise<void> {
  delete process.env['RIGGED']
  let error: unknown
  try {
    for (let i = 0; i < 1000; i++) call() // until the worker takes part
  } catch (caught) {
    error = caught
  }
  expect(error).toBeInstanceOf(library.WorkerError)
  expect((error as Error).message).toMatch(message)
  expect((error as backpropWasm.WorkerError).worker).toBe(which)
  expect(library.workers()).toMatchObject({ count: 0, wanted, reason: error })
  expect(isRight(product())).toBe(true)
  await untilThereAre(wanted)
  expect(isRight(product())).toBe(true)
}

/** Workers do otherwise than they should while RIGGED is set; `instead` leaves out what they should do. */
async function rig(code: string, instead = false): Promise<void> {
  process.env['RIGGED'] = '1'
  vi.doMock('../../src/wasm/threads.ts', async original => {
    const { program, ...binaries } = await original<typeof threadsModule>()
    const rigged = `if (process.env.RIGGED) { ${code} }`
    return { ...binaries, program: instead ? rigged : `${program};${rigged}` }
  })
  return Promise.resolve()
}

/** Takes one chunk of a job, and then that. */
function taking(ending: string): string {
  return `onmessage = ({ data: { module, memory, index } }) => {
    const job = new WebAssembly.Instance(module, { env: { memory, stalled() {} } }).exports.jobBlock()
    const integers = new Int32Array(memory.buffer)
    const ticket = (job + ${JOB_TICKET}) / 4
    postMessage('ready')
    for (;;) {
      const value = Atomics.load(integers, ticket)
      if ((value & ${JOB_CHUNKS_MASK}) === 0) continue
      new Uint8Array(memory.buffer)[job + ${JOB_BUSY} + index] = 1
      if (Atomics.compareExchange(integers, ticket, value, value - 1) === value) break
    }
    ${ending}
  }`
}
