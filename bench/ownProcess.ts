/** What is measured in a process of its own, because the engine starts otherwise there. */
import { execFileSync } from 'node:child_process'
import type { Times } from './measure.ts'
import type { Work } from './works.ts'

/** What bench/twoCores.ts prints. */
export interface TwoCoreTimes {
  readonly name: string
  readonly units: Work['units']
  readonly times: readonly { readonly variant: string; readonly micros: readonly number[] }[]
}

/** Its works. */
export const twoCoreWorks: readonly string[] = ['gemm.1024', 'mlp.gradient.b512']

/** Runs bench/twoCores.ts: its works, each with the times of its variants. At least 50 rounds. */
export function onTwoCores(quick: boolean): { work: Omit<Work, 'variants'>; times: Times[] }[] {
  const program = ['scripts/run-bundled.mjs', 'bench/twoCores.ts', ...(quick ? ['--quick'] : [])]
  const output = execFileSync(process.execPath, [...process.execArgv, ...program], {
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
  })
  return (JSON.parse(output) as TwoCoreTimes[]).map(({ name, units, times }) => ({
    work: { name, units },
    times: times.map(({ variant, micros }) => ({ variant, micros: Float64Array.from(micros) })),
  }))
}
