/**
 * The steps of drift.test.ts and the loops of flat.test.ts for a long time, on the built library, with the memory printed as
 * it goes:
 *
 *     npm run soak                        a million steps, and each loop 200,000 times
 *     npm run soak -- --steps 10000000    ten times as many
 *     npm run soak -- --json FILE         what is measured, in a file too
 *
 * The exit code says whether all stayed flat, and the compiled steps the recorded ones.
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { liveBytes } from '../support/heap.ts'

interface Memory {
  /** Bytes of linear memory, and bytes of heap and array buffers that live. */
  readonly linear: number
  readonly live: number
}

const { values } = parseArgs({
  options: { steps: { type: 'string', default: '1000000' }, json: { type: 'string' } },
})
const steps = Number(values.steps)
const REPORTS = 10
const SLACK = 400_000

// Every linear memory that is made from here on.
const memories: WebAssembly.Memory[] = []
WebAssembly.Memory = class extends WebAssembly.Memory {
  constructor(descriptor: WebAssembly.MemoryDescriptor) {
    super(descriptor)
    memories.push(this)
  }
}
const { loops } = await import('../support/loops.ts')
const { soakSteps } = await import('../support/drift.ts')

let isFlat = true
const linearBytes = (): number => memories.reduce((total, { buffer }) => total + buffer.byteLength, 0)
const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(2).padStart(9)

/** Says so if memory has grown since the first report, by when the code has settled. */
function checkFlat(first: Memory, now: Memory): void {
  if (now.linear <= first.linear && now.live - first.live <= SLACK) return
  console.log('NOT FLAT')
  isFlat = false
  process.exitCode = 1
}

const memoryNow = (): Memory => ({ linear: linearBytes(), live: liveBytes() })

console.log(`compiled steps beside recorded ones: ${steps} of each`)
console.log('     steps   linear     heap (MiB)   loss      numbers that differ   µs compiled, recorded')
let first: Memory | undefined
const stepReports: object[] = []
soakSteps(steps, REPORTS, memoryNow, report => {
  const { memory, differing } = report
  console.log(
    String(report.steps).padStart(10) +
      megabytes(memory.linear) +
      megabytes(memory.live) +
      report.loss.toFixed(6).padStart(14) +
      String(differing).padStart(16) +
      `${report.compiledMicros.toFixed(2)}, ${report.recordedMicros.toFixed(2)}`.padStart(23),
  )
  stepReports.push(report)
  first ??= memory
  checkFlat(first, memory)
  if (differing === 0) return
  console.log('DRIFT')
  process.exitCode = 1
})

const times = steps / 5
const loopReports: Record<string, { times: number; memory: Memory[] }> = {}
for (const [name, loop] of Object.entries(loops)) {
  console.log(`\n${name}: ${times} times\n   linear     heap (MiB)`)
  const reports = Array.from({ length: REPORTS }, () => {
    loop(times / REPORTS)
    const memory = memoryNow()
    console.log(megabytes(memory.linear) + megabytes(memory.live))
    return memory
  })
  loopReports[name] = { times, memory: reports }
  checkFlat(reports[0], reports[REPORTS - 1])
}
if (linearBytes() === 0) throw new Error('no linear memory was seen')

if (values.json !== undefined) {
  const where = { date: new Date().toISOString().slice(0, 10), node: process.version, cpu: cpus()[0]?.model }
  const note = 'The machine was shared: times say little, bytes all.'
  const result = { ...where, note, steps, isFlat, compiledBesideRecorded: stepReports, loops: loopReports }
  writeFileSync(values.json, `${JSON.stringify(result, undefined, 2)}\n`)
}
