/**
 * Where tensors are on the baseline's tape.
 *
 * A *handle* is an integer. Record n that yields a scalar has the handle n, and its value and adjoint stand in two flat
 * arrays at n. Record n that yields a tensor has the handle ~n (negative), so that one sign test on `a | b` tells plain
 * scalar arithmetic from the rest; its shape and where its elements are stand in a {@link TensorNode}.
 *
 *                  n = 0          1          2            3            4            (arrays that double when full)
 *     records      Leaf · · ·  Leaf · · ·  Mul 0 1 ·  Leaf · · 0  MatVec ~3 … 1  …  op, operands, number of the node
 *     val          2.0         3.0         6.0
 *     adj
 *
 * `reset` empties the tape and keeps every array and node for the next recording: recording the same program again
 * allocates nothing.
 */
import { ScalarTape } from './scalarTape.ts'
import { Op, RECORD_SHIFT } from './scalarWalk.ts'

/** A tensor on the tape: rows × cols elements, row-major; a vector is one row. */
export interface TensorNode {
  rows: number
  cols: number
  size: number
  /** Where the elements are: in the array `value`, from `valueAt`. For an input this is the caller's own array. */
  value: Float64Array
  valueAt: number
  /** Where the adjoint is. Meaningful only if `touched`. */
  adjoint: Float64Array
  adjointAt: number
  /** Whether a derivative by it, or by something it depends on, is wanted. */
  needsGradient: boolean
  /** Whether the running walk has written the adjoint: the first contribution overwrites, later ones add. */
  touched: boolean
  /** Whether the adjoint's array was given by the caller, who finds zeros there if nothing contributes. */
  given: boolean
}

const NOTHING = new Float64Array(0)

/** Tensors beside the scalars: inputs, room for results, reading. Ops on them are added by the classes that extend it. */
export class TensorStorage extends ScalarTape {
  private readonly nodes: TensorNode[] = []
  private nodeCount = 0

  /** The arena: results take value and adjoint at the same place of two parallel arrays. */
  private arena = new Float64Array(4096)
  private arenaAdjoint = new Float64Array(4096)
  private arenaTop = 0

  /** Empties the tape. All handles are void; views of results are overwritten by the next recording. */
  override reset(): void {
    super.reset()
    this.nodeCount = 0
    this.arenaTop = 0
  }

  /**
   * A tensor input. The array is not copied: it must not change until the walk is done. With `gradient` the adjoint is
   * written there, without copy.
   */
  tensor(data: Float64Array, rows: number, cols: number, gradient?: Float64Array): number {
    const handle = this.pushLeaf(data, rows, cols)
    const node = this.node(handle)
    node.needsGradient = true
    if (gradient === undefined) {
      this.claimAdjoint(node)
    } else {
      if (gradient.length !== node.size)
        throw new RangeError(`${gradient.length} elements for ${rows}×${cols} gradients`)
      node.adjoint = gradient
      node.adjointAt = 0
      node.given = true
    }
    return handle
  }

  /** A vector input: one row. See {@link tensor}. */
  vector(data: Float64Array, gradient?: Float64Array): number {
    return this.tensor(data, 1, data.length, gradient)
  }

  /** A tensor input without gradient: no walk does any work for it. */
  constantTensor(data: Float64Array, rows: number, cols: number): number {
    return this.pushLeaf(data, rows, cols)
  }

  /** A vector input without gradient. */
  constantVector(data: Float64Array): number {
    return this.pushLeaf(data, 1, data.length)
  }

  /** A scalar's value. */
  override value(handle: number): number {
    if (handle < 0) throw new TypeError('value() of a tensor; read it with values()')
    return super.value(handle)
  }

  /** A tensor's elements: a view, good until `reset`. */
  values(handle: number): Float64Array {
    const node = this.node(handle)
    return node.value.subarray(node.valueAt, node.valueAt + node.size)
  }

  /** A scalar's adjoint after `backward`; 0 for a constant. */
  override adjoint(handle: number): number {
    if (handle < 0) throw new TypeError('adjoint() of a tensor; read it with adjoints()')
    return super.adjoint(handle)
  }

  /** A tensor's adjoint after `backward`: a view, good until the next `backward` or `reset`; zeros for a constant. */
  adjoints(handle: number): Float64Array {
    const node = this.node(handle)
    if (!node.needsGradient) return new Float64Array(node.size)
    const view = node.adjoint.subarray(node.adjointAt, node.adjointAt + node.size)
    if (!node.touched) view.fill(0)
    return view
  }

  /** The number of rows; 1 for a vector. */
  rows(handle: number): number {
    return this.node(handle).rows
  }

  /** The number of columns: a vector's length. */
  cols(handle: number): number {
    return this.node(handle).cols
  }

  /** Appends a record whose result is a tensor in the arena. `needsGradient`: whether any operand does. */
  protected pushTensor(op: number, a: number, b: number, rows: number, cols: number, needsGradient: boolean): number {
    const n = this.push(op, a, b, 0)
    const node = this.addNode(n)
    const size = rows * cols
    this.reserve(size)
    node.rows = rows
    node.cols = cols
    node.size = size
    node.value = this.arena
    node.adjoint = this.arenaAdjoint
    node.valueAt = node.adjointAt = this.arenaTop
    node.needsGradient = needsGradient
    node.touched = false
    node.given = false
    this.arenaTop += size
    return ~n
  }

  /** The node of a tensor handle. */
  protected node(handle: number): TensorNode {
    if (handle >= 0) throw new TypeError('a tensor was expected, not a scalar')
    return this.nodes[this.records[(~handle << RECORD_SHIFT) | 3]]
  }

  /** Whether the derivative by an operand is wanted. Of scalars only constants are left out. */
  protected wants(handle: number): boolean {
    return handle >= 0 ? this.opAt(handle) !== Op.Constant : this.node(handle).needsGradient
  }

  /** Before a walk: no adjoint has been touched. */
  protected clearAdjoints(): void {
    this.adj.fill(0, 0, this.count)
    for (let i = 0; i < this.nodeCount; i++) this.nodes[i].touched = false
  }

  /** After a walk: zeros in the callers' gradients to which nothing contributed. */
  protected clearUntouched(): void {
    for (let i = 0; i < this.nodeCount; i++) {
      const node = this.nodes[i]
      if (node.given && !node.touched) node.adjoint.fill(0)
    }
  }

  private pushLeaf(data: Float64Array, rows: number, cols: number): number {
    if (data.length !== rows * cols) throw new RangeError(`${data.length} elements for a ${rows}×${cols} tensor`)
    const n = this.push(Op.Leaf, 0, 0, 0)
    const node = this.addNode(n)
    node.rows = rows
    node.cols = cols
    node.size = data.length
    node.value = data
    node.valueAt = 0
    node.needsGradient = false
    node.touched = false
    node.given = false
    return ~n
  }

  private claimAdjoint(node: TensorNode): void {
    this.reserve(node.size)
    node.adjoint = this.arenaAdjoint
    node.adjointAt = this.arenaTop
    this.arenaTop += node.size
  }

  /** Room for `size` elements: a new, larger chunk if need be. Nodes on the old chunk keep it until they are reused. */
  private reserve(size: number): void {
    if (this.arenaTop + size <= this.arena.length) return
    const capacity = Math.max(2 * this.arena.length, size)
    this.arena = new Float64Array(capacity)
    this.arenaAdjoint = new Float64Array(capacity)
    this.arenaTop = 0
  }

  /** The next node, which belongs to record n. */
  private addNode(n: number): TensorNode {
    const number = this.nodeCount++
    this.records[(n << RECORD_SHIFT) | 3] = number
    if (number === this.nodes.length) this.nodes.push(emptyNode())
    return this.nodes[number]
  }
}

function emptyNode(): TensorNode {
  return {
    rows: 0,
    cols: 0,
    size: 0,
    value: NOTHING,
    valueAt: 0,
    adjoint: NOTHING,
    adjointAt: 0,
    needsGradient: false,
    touched: false,
    given: false,
  }
}
