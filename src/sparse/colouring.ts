/**
 * Colours of rows, columns or variables: those of one colour are differentiated by one product with a vector, from which each
 * derivative can be read. How few colours there can be is a hard question; taking one after another, those with most
 * neighbours first, and the lowest colour that is free, gives few.
 */
import { lengthOf, type Lists, longest, sizeOf } from './lists.ts'

/** By member: its colour, counted from 0, or −1 where it needs none. */
export interface Colouring {
  readonly colours: Int32Array
  readonly count: number
}

/** The colour of what needs none. */
export const NONE = -1

/** The members with a list that is not empty, those with the longest first, otherwise in order. */
function largestFirst(lists: Lists): Int32Array {
  const most = longest(lists)
  const starts = new Int32Array(most + 2)
  for (let i = 0; i < lengthOf(lists); i++) {
    const place = most - sizeOf(lists, i) + 1
    starts[place] = (starts[place] as number) + 1
  }
  for (let i = 0; i <= most; i++) starts[i + 1] = (starts[i + 1] as number) + (starts[i] as number)
  const order = new Int32Array(starts[most] as number)
  for (let i = 0; i < lengthOf(lists); i++) {
    const size = sizeOf(lists, i)
    if (size === 0) continue
    const place = starts[most - size] as number
    starts[most - size] = place + 1
    order[place] = i
  }
  return order
}

/** The members with a list that is not empty, in order. */
function inOrder(lists: Lists): Int32Array {
  return Int32Array.from({ length: lengthOf(lists) }, (_, i) => i).filter(i => sizeOf(lists, i) > 0)
}

/**
 * Colours such that no two members of a group have the same, in fewer than `limit` colours: undefined if so few are not found.
 * Of rows, groups being columns, or of columns, groups being rows.
 *
 * @param groups the groups of each member
 * @param largest the size of the largest group, which no colouring goes below
 */
export function colourApart(
  groups: Lists,
  groupCount: number,
  largest: number,
  limit = Infinity,
): Colouring | undefined {
  const first = greedilyApart(groups, groupCount, largestFirst(groups), limit)
  if (first?.count === largest) return first
  return greedilyApart(groups, groupCount, inOrder(groups), first?.count ?? limit) ?? first
}

function greedilyApart(groups: Lists, groupCount: number, order: Int32Array, limit: number): Colouring | undefined {
  const { starts, items } = groups
  const colours = new Int32Array(lengthOf(groups)).fill(NONE)
  const used = Array.from({ length: groupCount }, (): number[] => [])
  // By colour: the last member that may not have it.
  const forbidden: number[] = []
  for (const member of order) {
    const [from, to] = [starts[member] as number, starts[member + 1] as number]
    for (let k = from; k < to; k++) {
      for (const colour of used[items[k] as number] as number[]) forbidden[colour] = member
    }
    const colour = lowest(forbidden, member)
    if (colour === forbidden.length && forbidden.push(NONE) >= limit) return undefined
    colours[member] = colour
    for (let k = from; k < to; k++) (used[items[k] as number] as number[]).push(colour)
  }
  return { colours, count: forbidden.length }
}

/** The lowest colour that the member may have; the number of colours for a new one. */
function lowest(forbidden: readonly number[], member: number): number {
  let colour = 0
  while (forbidden[colour] === member) colour++
  return colour
}

/**
 * A star colouring of the variables of a symmetric matrix: neighbours differ, and of the neighbours of a variable with a lower
 * colour than its own no two have the same. So its derivative by such a neighbour is alone in the product with that colour's
 * vector. (Two colours never make a path of four variables, hence the name: they make stars.)
 *
 * @param neighbours of each variable, itself perhaps among them
 */
export function colourStars(neighbours: Lists): Colouring {
  const { starts, items } = neighbours
  const colours = new Int32Array(lengthOf(neighbours)).fill(NONE)
  // By variable: the colours that neighbours have, each once.
  const around = Array.from(colours, (): number[] => [])
  const forbidden: number[] = []
  for (const variable of largestFirst(neighbours)) {
    const [from, to] = [starts[variable] as number, starts[variable + 1] as number]
    for (let k = from; k < to; k++) {
      const neighbour = items[k] as number
      if (neighbour === variable) continue
      const own = colours[neighbour] as number
      if (own !== NONE) forbidden[own] = variable
      // The neighbour must not get, or keep, two of one colour: while its own is not known, of any, then of lower ones.
      for (const colour of around[neighbour] as number[]) if (own === NONE || colour < own) forbidden[colour] = variable
    }
    const colour = lowest(forbidden, variable)
    if (colour === forbidden.length) forbidden.push(NONE)
    colours[variable] = colour
    for (let k = from; k < to; k++) {
      const neighbour = items[k] as number
      const known = around[neighbour] as number[]
      if (neighbour !== variable && !known.includes(colour)) known.push(colour)
    }
  }
  return { colours, count: forbidden.length }
}
