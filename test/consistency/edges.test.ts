import { compile, derivative, evalBP, gradBP, type Leaf, type Var } from 'backprop-wasm'
import { expect, test } from 'vitest'
import { binaryEdges, corners, nearlyEqual, points, unaryEdges } from '../support/edges.ts'
import { operations } from '../support/operations.ts'

type F = (x: Var<number>) => Var<number>
const modes: Record<string, (f: F) => F> = { forward: f => x => derivative(f)(x), reverse: f => x => gradBP(f)(x) }
function ways(f: F, order: number): [string, (x: number) => number][] {
  let list: [string, F][] = [['', f]]
  for (let i = 0; i < order; i++) list = list.flatMap(([n, g]) => Object.entries(modes).map(([m, d]) => [n + ' ' + m, d(g)] as [string, F]))
  return list.flatMap(([n, g]) => { const r = evalBP(g); return [[n, r], [n + ' compiled', compile(r)]] as [string, (x: number) => number][] })
}
const counts = new Map<string, string[]>()
test('unary', () => {
  for (const order of [1, 2, 3]) for (const name of Object.keys(unaryEdges)) {
    const op = operations.find(o => o.name === name)!
    const f: F = x => op.apply([x as unknown as Var<Leaf>]) as unknown as Var<number>
    const all = ways(f, order)
    for (const x of points) {
      const values = all.map(([, g]) => g(x))
      const bad = values.findIndex(v => !(v === values.at(-2) || nearlyEqual(v, values.at(-2)!, 1e-10)))
      if (bad >= 0) { const key = `${name} order ${order}`; counts.set(key, [...(counts.get(key) ?? []), `${x}: ` + [...new Set(values.map(String))].join(' | ') ]) }
    }
  }
  for (const [k, v] of counts) console.log(k, v.length, v.slice(0, 50).join(';  '))
})
test('binary', () => {
  counts.clear()
  for (const order of [1, 2]) for (const name of Object.keys(binaryEdges)) {
    const op = operations.find(o => o.name === name)!
    for (const [dx, dy] of [[1, 0], [0, 1], [1, 1]]) {
    const g = (x: number, y: number): F => t => op.apply([t.mul(dx).add(x) as unknown as Var<Leaf>, t.mul(dy).add(y) as unknown as Var<Leaf>]) as unknown as Var<number>
    for (const x of corners) for (const y of corners) {
      const all = ways(g(x, y), order).filter(([n]) => !n.includes('compiled'))
      const values = all.map(([, h]) => h(0))
      const bad = values.findIndex(v => !(v === values.at(-1) || nearlyEqual(v, values.at(-1)!, 1e-10)))
      if (bad >= 0) { const key = `${name} order ${order} along ${dx},${dy}`; counts.set(key, [...(counts.get(key) ?? []), `(${x},${y}): ` + [...new Set(values.map(String))].join(' | ') ]) }
    } }
  }
  for (const [k, v] of counts) console.log(k, v.length, v.slice(0, 12).join(';  '))
})
