/**
 * How the entries of a sparse matrix are got from few products with vectors. A product of rows is the sum of all rows of one
 * colour; where only one of them has an entry in a column, it is read there. A product of columns likewise.
 */
import { type Colouring, colourApart, colourStars, NONE } from './colouring.ts'
import { filtered, lengthOf, type Lists, longest, sizeOf, symmetric, transposed } from './lists.ts'
import type { SparsityPattern } from './matrix.ts'

export interface Compression {
  readonly pattern: SparsityPattern
  /** Of each row, and of each column: which product it is a part of. */
  readonly rows: Colouring
  readonly columns: Colouring
  /** By entry: the number of the product that it is read from, those of rows first, and where it is in that. */
  readonly product: Int32Array
  readonly place: Int32Array
}

export type Mode = 'auto' | 'forward' | 'reverse'

/** Colours of rows and columns, and whether an entry is read from its row's product. */
interface Choice {
  readonly rows: Colouring
  readonly columns: Colouring
  readonly isByRow: (row: number, column: number) => boolean
}

/** A way to choose colours, and the number of products that it will take at the least. */
interface Candidate {
  readonly least: number
  /** Undefined if it does not do with fewer products than `limit`. */
  readonly choose: (limit: number) => Choice | undefined
}

/** The compression of a matrix with these columns in each row. */
export function compress(rows: Lists, columnCount: number, mode: Mode): Compression {
  const columns = transposed(rows, columnCount)
  const byRow = byRows(rows, columns)
  const byColumn = mirrored(byRows(columns, rows))
  const candidates =
    mode === 'reverse'
      ? [byRow]
      : mode === 'forward'
        ? [byColumn]
        : [byRow, byColumn, longRowsFirst(rows, columnCount), mirrored(longRowsFirst(columns, lengthOf(rows)))]
  let best: Choice | undefined
  for (const { least, choose } of candidates.sort((x, y) => x.least - y.least)) {
    const limit = best === undefined ? Infinity : best.rows.count + best.columns.count
    if (least < limit) best = choose(limit) ?? best
  }
  const { rows: rowColours, columns: columnColours, isByRow } = best as Choice
  return readFrom(rows, columnCount, rowColours, columnColours, (row, column) =>
    isByRow(row, column)
      ? { product: rowColours.colours[row] as number, place: column }
      : { product: rowColours.count + (columnColours.colours[column] as number), place: row },
  )
}

function noColours(count: number): Colouring {
  return { colours: new Int32Array(count).fill(NONE), count: 0 }
}

/** All from products of rows. */
function byRows(rows: Lists, columns: Lists): Candidate {
  const least = longest(columns)
  return {
    least,
    choose: limit => {
      const colouring = colourApart(rows, lengthOf(columns), least, limit)
      if (colouring === undefined) return undefined
      return { rows: colouring, columns: noColours(lengthOf(columns)), isByRow: () => true }
    },
  }
}

/** The same with rows and columns exchanged. */
function mirrored({ least, choose }: Candidate): Candidate {
  return {
    least,
    choose: limit => {
      const choice = choose(limit)
      if (choice === undefined) return undefined
      const { rows, columns, isByRow } = choice
      return { rows: columns, columns: rows, isByRow: (row, column) => !isByRow(column, row) }
    },
  }
}

/**
 * Rows with many entries from products of rows, the others from products of columns: what an arrow needs, whose long row and
 * long column leave one direction alone no choice.
 */
function longRowsFirst(rows: Lists, columnCount: number): Candidate {
  const { size, least } = bestSize(rows)
  return {
    least,
    choose: limit => {
      const isLong = (row: number): boolean => sizeOf(rows, row) > size
      const long = filtered(rows, isLong)
      const short = filtered(rows, row => !isLong(row))
      const shortColumns = transposed(short, columnCount)
      const rowColours = colourApart(long, columnCount, longest(transposed(long, columnCount)), limit)
      if (rowColours === undefined) return undefined
      const columnColours = colourApart(shortColumns, lengthOf(rows), longest(short), limit - rowColours.count)
      if (columnColours === undefined) return undefined
      return { rows: rowColours, columns: columnColours, isByRow: isLong }
    },
  }
}

/** The size s for which the number of rows that have more than s entries, and s, are the fewest together. */
function bestSize(rows: Lists): { size: number; least: number } {
  const most = longest(rows)
  const withSize = new Int32Array(most + 1)
  for (let i = 0; i < lengthOf(rows); i++) {
    const size = sizeOf(rows, i)
    withSize[size] = (withSize[size] as number) + 1
  }
  let best = { size: most, least: most }
  let longer = 0
  for (let size = most - 1; size >= 0; size--) {
    longer += withSize[size + 1] as number
    if (longer + size < best.least) best = { size, least: longer + size }
  }
  return best
}

/** The compression of a symmetric matrix, with these columns in each row or in the same column of it. */
export function compressSymmetric(lists: Lists): Compression {
  const rows = symmetric(lists)
  const count = lengthOf(rows)
  const stars = colourStars(rows)
  const colourOf = (i: number): number => stars.colours[i] as number
  return readFrom(rows, count, stars, noColours(count), (row, column) => {
    const [colour, other] = [colourOf(row), colourOf(column)]
    return other <= colour ? { product: other, place: row } : { product: colour, place: column }
  })
}

/** Where each entry is read. Products from which nothing is read are left out. */
function readFrom(
  rows: Lists,
  columnCount: number,
  rowColours: Colouring,
  columnColours: Colouring,
  source: (row: number, column: number) => { readonly product: number; readonly place: number },
): Compression {
  const { starts, items } = rows
  const product = new Int32Array(items.length)
  const place = new Int32Array(items.length)
  const rowOf = new Int32Array(items.length)
  const isRead = new Array<boolean>(rowColours.count + columnColours.count).fill(false)
  for (let row = 0; row < lengthOf(rows); row++) {
    for (let k = starts[row] as number; k < (starts[row + 1] as number); k++) {
      const read = source(row, items[k] as number)
      rowOf[k] = row
      product[k] = read.product
      place[k] = read.place
      isRead[read.product] = true
    }
  }
  let next = 0
  const renumbered = isRead.map(read => (read ? next++ : NONE))
  const rowCount = renumbered.slice(0, rowColours.count).filter(number => number !== NONE).length
  const kept = ({ colours }: Colouring, before: number, offset: number, count: number): Colouring => ({
    colours: colours.map(colour => {
      const number = colour === NONE ? NONE : (renumbered[before + colour] as number)
      return number === NONE ? NONE : number - offset
    }),
    count,
  })
  return {
    pattern: {
      shape: [lengthOf(rows), columnCount],
      rows: rowOf,
      columns: items,
      rowStarts: starts,
      products: next,
    },
    rows: kept(rowColours, 0, 0, rowCount),
    columns: kept(columnColours, rowColours.count, rowCount, next - rowCount),
    product: product.map(number => renumbered[number] as number),
    place,
  }
}
