/**
 * The loops of flat.test.ts for a long time, on the built library, with the memory printed as it goes:
 *
 *     npx tsx test/memory/soak.ts --steps 200000
 *
 * The exit code says whether all stayed flat.
 */
import { parseArgs } from 'node:util'
import { liveBytes } from '../support/heap.ts'

const { values } = parseArgs({ options: { steps: { type: 'string', default: '200000' } } })
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

const linearBytes = (): number => memories.reduce((total, { buffer }) => total + buffer.byteLength, 0)
const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(2).padStart(9)

for (const [name, loop] of Object.entries(loops)) {
  console.log(`\n${name}: ${steps} steps\n   linear     heap (MiB)`)
  loop(steps / 100)
  const before = { linear: linearBytes(), live: liveBytes() }
  for (let i = 0; i < REPORTS; i++) {
    loop(steps / REPORTS)
    console.log(megabytes(linearBytes()) + megabytes(liveBytes()))
  }
  if (linearBytes() > before.linear || liveBytes() - before.live > SLACK) {
    console.log('NOT FLAT')
    process.exitCode = 1
  }
}
if (linearBytes() === 0) throw new Error('no linear memory was seen')
