/** Works measured in processes of their own: groups of works, and those of two cores, for which the engine starts otherwise. */
import { execFileSync } from 'node:child_process'
import type { MeasureOptions, Times } from './measure.ts'
import type { Work, WorkGroup } from './works.ts'

/** What such a process prints. */
export interface MeasuredWork {
  readonly name: string
  readonly row?: string | undefined
  readonly units: Work['units']
  readonly times: readonly { readonly variant: string; readonly micros: readonly number[] }[]
}

/** What bench/workGroup.ts is asked for. */
export interface WorkRequest {
  readonly group: WorkGroup
  /** How the names of the wanted works begin. */
  readonly only?: string
  /** The wanted works, and of each the wanted variants; all if left out. */
  readonly variants?: Readonly<Record<string, readonly string[]>>
  /** How long the works are measured; `slow` those of milliseconds a run. */
  readonly fast: MeasureOptions
  readonly slow: MeasureOptions
}

/** A work with the times of its variants. */
export interface TimedWork {
  readonly work: Omit<Work, 'variants'>
  readonly times: readonly Times[]
}

/** The works of bench/twoCores.ts. */
export const twoCoreWorks: readonly string[] = ['gemm.1024', 'mlp.gradient.b512', 'cores.gradient.b1', 'cores.step.b1']

/** Measures works of a group. */
export function ofGroup(request: WorkRequest): TimedWork[] {
  return outputOf('bench/workGroup.ts', JSON.stringify(request))
}

/** Measures the works of two cores. */
export function onTwoCores(options: MeasureOptions): TimedWork[] {
  return outputOf('bench/twoCores.ts', JSON.stringify(options))
}

function outputOf(program: string, ...args: readonly string[]): TimedWork[] {
  const output = execFileSync(process.execPath, [...process.execArgv, 'scripts/run-bundled.mjs', program, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
  })
  return (JSON.parse(output) as MeasuredWork[]).map(({ name, row, units, times }) => ({
    work: { name, units, ...(row === undefined ? {} : { row }) },
    times: times.map(({ variant, micros }) => ({ variant, micros: Float64Array.from(micros) })),
  }))
}
