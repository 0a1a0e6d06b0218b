/**
 * A finished run kept for later: copies, in ordinary JavaScript memory, of its slots and buffers. So a pullback can be
 * called any time, and the garbage collector frees what nobody can call any more.
 */
import { newTape } from './debug/debugTape.ts'
import type { Places } from './debug/places.ts'
import { type Invocation, Recording } from './differentiate.ts'
import { ResidentError } from './errors.ts'
import type { HostStore } from './hostStore.ts'
import type { Resident } from './resident.ts'
import type { Run } from './run.ts'

interface Buffer {
  readonly address: number
  readonly data: Float64Array
}

/** A run to be walked over once more. */
export interface Replay {
  readonly recording: Recording
  /** Gives its memory back. */
  readonly close: () => void
}

export class Snapshot {
  readonly #recording: Recording
  readonly #slots: Int32Array
  readonly #constants: number
  readonly #host: HostStore
  readonly #places: Places | undefined
  readonly #buffers: readonly Buffer[]
  /** The resident parameters that it reads where they are, with the versions that it has seen. */
  readonly #residents: readonly { resident: Resident<unknown>; version: number }[]

  constructor(invocation: Invocation) {
    const recording = invocation.recording()
    const { tape } = recording
    tape.run()
    this.#recording = recording
    this.#constants = tape.constants
    this.#host = tape.host.copy()
    this.#slots = tape.copySlots(-tape.constants, tape.length)
    this.#places = tape.places?.copy()
    this.#buffers = tape.arena.used().map(({ address, end }) => ({
      address,
      data: tape.memory.f64.slice(address / 8, end / 8),
    }))
    const residents: { resident: Resident<unknown>; version: number }[] = []
    for (let run: Run | undefined = invocation.run; run !== undefined; run = run.outer) {
      for (const resident of run.residents ?? []) residents.push({ resident, version: resident.version })
    }
    this.#residents = residents
  }

  /** The run once more, on a tape of its own. The parameters that it reads cannot change before it is closed. */
  open(): Replay {
    for (const { resident, version } of this.#residents) {
      resident.use('the pullback')
      if (resident.version !== version) {
        throw new ResidentError(
          'the pullback: the resident parameters have changed since the function ran. Call it before updating them, or ' +
            'give a copy: .read().',
        )
      }
    }
    const { first, firstRecord, vars, result } = this.#recording
    const tape = newTape()
    try {
      const moved = this.#buffers.map(({ address, data }) => {
        const copy = tape.arena.allocate(data.byteLength)
        tape.memory.f64.set(data, copy / 8)
        return { address, end: address + data.byteLength, offset: copy - address }
      })
      tape.restore(this.#slots, this.#constants, this.#host, address => {
        const buffer = moved.find(candidate => address >= candidate.address && address < candidate.end)
        return buffer === undefined ? address : address + buffer.offset
      })
      if (this.#places !== undefined) tape.places?.restore(this.#places)
    } catch (error) {
      tape.free()
      throw error
    }
    for (const { resident } of this.#residents) resident.readers++
    return {
      recording: new Recording(tape, first, firstRecord, vars, result),
      close: () => {
        for (const { resident } of this.#residents) resident.readers--
        tape.free()
      },
    }
  }
}
