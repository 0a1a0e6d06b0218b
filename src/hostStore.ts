/** What belongs to a tape and cannot be in linear memory: pullbacks of host ops, values of users' types. */
import type { Space } from './differentiable.ts'

/** An op of the user's, as the tape knows it. */
export interface HostOp {
  /** Its name, for messages. */
  readonly name: string
  /** Its pullback on variables, (z̄, …inputs, z) ↦ gradient; undefined where the pullback is one of plain values. */
  readonly onVars: ((...args: never[]) => unknown) | undefined
}

/** What the user's function gives for the way back: z̄ ↦ gradient, on plain values. */
export type Pullback = (cotangent: unknown) => unknown

/** The pullbacks of the calls for the samples of a batch. */
export class SamplePullbacks {
  readonly pullbacks: readonly (AnyPullback | undefined)[]

  constructor(pullbacks: readonly (AnyPullback | undefined)[]) {
    this.pullbacks = pullbacks
  }
}

export type AnyPullback = Pullback | SamplePullbacks

/** One application of an op whose operands do not stand in its slot. */
export interface HostCall {
  /** Undefined where the op has a pullback on variables. */
  readonly pullback: AnyPullback | undefined
  /** The inputs, in their structure, a variable at each leaf. */
  readonly inputs: readonly unknown[]
  /** The result likewise. */
  readonly output: unknown
  /** How many slots after the first hold parts of the result; 0 if the result is one leaf. */
  readonly parts: number
}

export class HostStore {
  /** By number of node: the op, and its pullback, or, unless its operands stand in its slot, the whole call. */
  readonly ops: HostOp[] = []
  readonly nodes: (Pullback | HostCall | undefined)[] = []
  /** By number of value: the value, its dictionary, and its cotangent while a walk is under way that is not recorded. */
  readonly values: unknown[] = []
  readonly spaces: Space[] = []
  readonly cotangents: unknown[] = []

  /** Forgets all but the first nodes and values. */
  cut(nodes: number, values: number): void {
    if (this.ops.length > nodes) {
      this.ops.length = nodes
      this.nodes.length = nodes
    }
    if (this.values.length > values) {
      this.values.length = values
      this.spaces.length = values
      this.cotangents.length = values
    }
  }

  /** A copy, without cotangents. */
  copy(): HostStore {
    const copy = new HostStore()
    copy.restore(this)
    return copy
  }

  /** Takes over what another store holds, but for cotangents. */
  restore({ ops, nodes, values, spaces }: HostStore): void {
    for (const op of ops) this.ops.push(op)
    for (const node of nodes) this.nodes.push(node)
    for (const value of values) this.values.push(value)
    for (const space of spaces) this.spaces.push(space)
    for (let i = 0; i < values.length; i++) this.cotangents.push(undefined)
  }
}
