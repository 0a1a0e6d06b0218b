/**
 * Unused pieces of a stretch of bytes, none next to another: the first that is large enough is taken, so that what is in use
 * stays together at the beginning. A treap, ordered by address, in which each node knows the largest piece below it; so
 * taking and giving cost the logarithm of how many pieces there are, whatever the order.
 */

/** A piece, and those in the subtree below it. */
interface Piece {
  start: number
  size: number
  /** The size of the largest piece in the subtree. */
  largest: number
  /** Higher than those below. Scattered, so that the tree is balanced. */
  readonly priority: number
  left: Tree
  right: Tree
}

type Tree = Piece | undefined

export class FreeList {
  #root: Tree
  /** How many bytes there are in all. */
  bytes = 0

  /** The start of that many bytes, at the beginning of the first piece that has them; undefined if there is none. */
  take(size: number): number | undefined {
    if (largestOf(this.#root) < size) return undefined
    const piece = first(this.#root as Piece, size)
    const { start } = piece
    this.#root = shortened(this.#root as Piece, piece, size)
    this.bytes -= size
    return start
  }

  /** The start of the last piece if it ends there; `end` itself otherwise. No piece is behind `end`. */
  startBefore(end: number): number {
    const last = lastOf(this.#root)
    return last !== undefined && last.start + last.size === end ? last.start : end
  }

  /** Takes the last piece if it ends there. */
  takeBefore(end: number): void {
    const size = end - this.startBefore(end)
    if (size === 0) return
    this.#root = split(this.#root, end - size)[0]
    this.bytes -= size
  }

  /** Gives bytes back, joined to what is free on either side. */
  give(start: number, size: number): void {
    let [before, after] = split(this.#root, start)
    let from = start
    let to = start + size
    const previous = lastOf(before)
    if (previous !== undefined && previous.start + previous.size === from) {
      from = previous.start
      before = split(before, from)[0]
    }
    const next = firstOf(after)
    if (next !== undefined && next.start === to) {
      to += next.size
      after = split(after, to)[1]
    }
    this.#root = joined(joined(before, pieceOf(from, to - from)), after)
    this.bytes += size
  }
}

/** A piece with nothing below it. */
function pieceOf(start: number, size: number): Piece {
  return { start, size, largest: size, priority: scattered(start), left: undefined, right: undefined }
}

/** A number that looks random. */
function scattered(address: number): number {
  const mixed = Math.imul(address ^ (address >>> 16), 0x9e3779b1)
  return Math.imul(mixed ^ (mixed >>> 15), 0x85ebca77) >>> 0
}

function largestOf(tree: Tree): number {
  return tree === undefined ? 0 : tree.largest
}

/** The piece, after a change below it. */
function updated(piece: Piece): Piece {
  piece.largest = Math.max(piece.size, largestOf(piece.left), largestOf(piece.right))
  return piece
}

function firstOf(tree: Tree): Tree {
  let piece = tree
  while (piece?.left !== undefined) piece = piece.left
  return piece
}

function lastOf(tree: Tree): Tree {
  let piece = tree
  while (piece?.right !== undefined) piece = piece.right
  return piece
}

/** The first piece of a tree that has that many bytes; there is one. */
function first(tree: Piece, size: number): Piece {
  if (largestOf(tree.left) >= size) return first(tree.left as Piece, size)
  return tree.size >= size ? tree : first(tree.right as Piece, size)
}

/** The tree with one of its pieces beginning `size` bytes later, or left out if there is no more of it. */
function shortened(tree: Piece, piece: Piece, size: number): Tree {
  if (tree === piece) {
    if (piece.size === size) return joined(piece.left, piece.right)
    piece.start += size
    piece.size -= size
  } else if (piece.start < tree.start) tree.left = shortened(tree.left as Piece, piece, size)
  else tree.right = shortened(tree.right as Piece, piece, size)
  return updated(tree)
}

/** The pieces that start before an address, and the others. */
function split(tree: Tree, address: number): [before: Tree, after: Tree] {
  if (tree === undefined) return [undefined, undefined]
  if (tree.start < address) {
    const [before, after] = split(tree.right, address)
    tree.right = before
    return [updated(tree), after]
  }
  const [before, after] = split(tree.left, address)
  tree.left = after
  return [before, updated(tree)]
}

/** One tree of two, of which the first ends before the second begins. */
function joined(before: Tree, after: Tree): Tree {
  if (before === undefined) return after
  if (after === undefined) return before
  if (before.priority > after.priority) {
    before.right = joined(before.right, after)
    return updated(before)
  }
  after.left = joined(before, after.left)
  return updated(after)
}
