/** Laws that hold for every graph and every structure. fast-check prints the seed and the smallest counterexample. */
import {
  backprop,
  backpropWith,
  constVar,
  evalBP,
  Fixed,
  fixed,
  gradBP,
  resident,
  Tensor,
  Var,
  vector,
  type Leaf,
} from 'backprop-wasm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { baseline } from '../support/baseline.ts'
import { checkSecondOrder, type Vars } from '../support/differences.ts'
import { operandsOf, operations, titleOf } from '../support/operations.ts'
import { expectClose, flat, moved, randomLike } from '../support/plain.ts'
import { inputsOf, onBaseline, onVars, type Program, programs } from '../support/programs.ts'
import { Random, seed, seeded } from '../support/random.ts'

fc.configureGlobal({ seed })

/** Products of products grow beyond what rounding errors can be compared at. */
function isTame(program: Program): boolean {
  const [value, gradient] = backprop(onVars(program))(inputsOf(program))
  return flat([value, gradient]).every(x => Math.abs(x) < 1e4)
}

describe('random graphs of numbers, vectors and matrices', () => {
  test('have the value and the gradient of the baseline', () => {
    fc.assert(
      fc.property(programs(30), program => {
        fc.pre(isTame(program))
        const inputs = inputsOf(program)
        const expected = baseline(onBaseline(program), inputs, 1)
        const [value, gradient] = backprop(onVars(program))(inputs)
        expectClose(value, expected.value, 1e-9)
        expectClose(gradient, expected.gradient, 1e-9)
      }),
      { numRuns: 1500 },
    )
  })

  test('have a second derivative that differences confirm', () => {
    fc.assert(
      fc.property(programs(8), program => {
        fc.pre(isTame(program))
        const f = onVars(program) as unknown as (inputs: Vars) => Var<Leaf>
        checkSecondOrder(f, inputsOf(program), new Random(program.seed), 1e-6)
      }),
      { numRuns: 300 },
    )
  })

  test('have the same gradient recorded in an outer run as run at once', () => {
    fc.assert(
      fc.property(programs(20), program => {
        fc.pre(isTame(program))
        const f = onVars(program)
        const nested = evalBP((inputs: Vars) => gradBP(f)(inputs))(inputsOf(program))
        expectClose(nested, gradBP(f)(inputsOf(program)), 1e-10)
      }),
      { numRuns: 500 },
    )
  })
})

const titled = operations.map(operation => ({ operation, title: titleOf(operation) }))

test.each(titled)('the pullback of $title is linear in the cotangent', ({ operation }) => {
  seeded(random => {
    for (const shapes of operation.cases) {
      const [value, pullback] = backpropWith(operation.apply)(operandsOf(operation, shapes, random))
      const [u, v] = [randomLike(value, random), randomLike(value, random)]
      const factor = random.between(-3, 3)
      const [both] = moved([u], factor, [v])
      expectClose(pullback(both), moved(pullback(u), factor, pullback(v)).flatMap(flat), 1e-12)
    }
  })()
})

interface Structure {
  readonly [key: string]: Part
}
type Part = number | Tensor | string | boolean | null | undefined | Fixed<number> | readonly Part[] | Structure

const leaf = fc.oneof(
  fc.double(),
  fc.array(fc.double(), { maxLength: 4 }).map(values => vector(values)),
)
const still = fc.oneof(fc.string(), fc.boolean(), fc.constant(null), fc.constant(undefined), fc.nat().map(fixed))
const { tree } = fc.letrec<{ tree: Part }>(tie => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    still,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))
/** A structure with at least one leaf. */
const structures = fc.tuple(leaf, tree)

/** The same structure with another number in place of each. */
function mapped(part: Part, f: (x: number) => number): Part {
  if (typeof part === 'number') return f(part)
  if (part instanceof Tensor) return vector(part.data.map(f))
  if (typeof part !== 'object' || part === null || part instanceof Fixed) return part
  if (Array.isArray(part)) return part.map((x: Part) => mapped(x, f))
  return Object.fromEntries(Object.entries(part).map(([key, x]) => [key, mapped(x, f)]))
}

/** The identity on structures of variables. */
const same = (x: readonly Var<number>[]): readonly Var<number>[] => x

describe('structures', () => {
  test('come back from evalBP as they were, to the bit', () => {
    fc.assert(
      fc.property(structures, x => {
        expect(evalBP(same)(x as never)).toEqual(x)
      }),
    )
  })

  test('have ones as the gradient of the identity, in the same structure', () => {
    fc.assert(
      fc.property(structures, x => {
        expect(gradBP(same)(x as never)).toEqual(x.map(part => mapped(part, () => 1)))
      }),
    )
  })

  test('pass any cotangent of the same structure through the identity', () => {
    fc.assert(
      fc.property(structures, x => {
        const [value, pullback] = backpropWith(same)(x as never)
        expect(value).toEqual(x)
        const twice = x.map(part => mapped(part, v => 2 * v))
        expect(pullback(twice as never)).toEqual(twice)
      }),
    )
  })

  test('are kept by resident, through write and read', () => {
    fc.assert(
      fc.property(structures, x => {
        using kept = resident(x)
        expect(kept.read()).toEqual(x)
        const next = x.map(part => mapped(part, v => v / 2)) as typeof x
        kept.write(next)
        expect(kept.read()).toEqual(next)
      }),
    )
  })

  test('are the values of their constants', () => {
    const valueOf = (part: unknown): unknown => {
      if (part instanceof Var) return (part as Var<Leaf>).value
      if (typeof part !== 'object' || part === null || part instanceof Fixed) return part
      if (Array.isArray(part)) return part.map(valueOf)
      return Object.fromEntries(Object.entries(part).map(([key, x]) => [key, valueOf(x)]))
    }
    fc.assert(
      fc.property(structures, x => {
        expect(valueOf(constVar(x as never))).toEqual(x)
      }),
    )
  })
})
