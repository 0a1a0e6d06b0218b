/** Random programs, many at a time, that wait at random: each gives, bit for bit, what its synchronous twin gives. */
import {
  asyncOp1,
  backprop,
  backpropAsync,
  backpropWithAsync,
  constVar,
  dot,
  evalBP,
  gradBP,
  op1,
  sum,
  Tensor,
  type Var,
  vector,
  type Vector,
} from 'backprop-wasm'
import { expect, test } from 'vitest'
import { Random } from '../support/random.ts'
import { bytesInUse, isRunOpen } from '../support/tape.ts'
import { after } from '../support/waiting.ts'

type Scalar = Var<number>
type Vec = Var<Vector>

/** One step of a program: to square a number or a vector by an op of the user's, or to wait. */
type Request = { square: Scalar } | { squares: Vec } | 'wait'

const SIZE = 5
const twice = (x: Vector, y: Vector): Vector =>
  new Tensor(
    x.data.map((a, i) => 2 * a * y.at(i)),
    x.shape,
  )
const squareOf = (x: number): [number, (dz: number) => [number]] => [x * x, dz => [2 * x * dz]]
const squaresOf = (v: Vector): [Vector, (dz: Vector) => [Vector]] => [
  new Tensor(
    v.data.map(a => a * a),
    v.shape,
  ),
  dz => [twice(v, dz)],
]
const square = op1(squareOf)
const squares = op1(squaresOf)

/** A program of random steps on a number and a vector. */
function* program(seed: number, x: Scalar, v: Vec): Generator<Request, { y: Scalar; w: Vec }, unknown> {
  const random = new Random(seed)
  let y = x
  let w = v
  for (let step = 0; step < 25; step++) {
    switch (random.below(10)) {
      case 0:
        y = y.mul(x).add(random.between(-1, 1)).sin()
        break
      case 1:
        w = w.mul(y).add(v).tanh()
        break
      case 2:
        y = (yield { square: y }) as Scalar
        break
      case 3:
        w = ((yield { squares: w }) as Vec).sub(v)
        break
      case 4: // a derivative inside, recorded
        y = gradBP((z: Scalar) =>
          z
            .mul(z)
            .mul(z)
            .mul(sum(z.mul(v))),
        )(y).tanh()
        break
      case 5:
        y = y.add(dot(w, w).mul(0.01)).tanh()
        break
      case 6:
        w = y.gt(0) ? w.neg() : w.mul(constVar(0.5).mul(1.5))
        break
      case 7: // a derivative inside, plain, with an op of the user's
        y = y.mul(gradBP((z: Vec) => dot(squares(z), z))(vector([0.1, random.between(0, 1)])).at(1))
        break
      case 8: // a dead branch
        y.mul(w).exp()
        break
      default:
        yield 'wait'
    }
  }
  return { y, w }
}

function runNow(seed: number): (x: Scalar, v: Vec) => { y: Scalar; w: Vec } {
  return (x, v) => {
    const steps = program(seed, x, v)
    let step = steps.next()
    while (step.done !== true) {
      const request = step.value
      step = steps.next(
        request === 'wait' ? undefined : 'square' in request ? square(request.square) : squares(request.squares),
      )
    }
    return step.value
  }
}

function runLater(seed: number, random: Random): (x: Scalar, v: Vec) => Promise<{ y: Scalar; w: Vec }> {
  const pause = async (): Promise<void> => after(random.below(6))
  const later =
    <T>(f: (x: T) => [T, (dz: T) => [T]]) =>
    async (x: T): Promise<readonly [T, (dz: T) => Promise<readonly [T]>]> => {
      await pause()
      const [z, pullback] = f(x)
      return [z, async dz => (await pause(), pullback(dz))]
    }
  const laterSquare = asyncOp1(later(squareOf))
  const laterSquares = asyncOp1(later(squaresOf))
  return async (x, v) => {
    const steps = program(seed, x, v)
    let step = steps.next()
    while (step.done !== true) {
      const request = step.value
      if (request === 'wait') {
        await pause()
        step = steps.next()
      } else {
        step = steps.next(await ('square' in request ? laterSquare(request.square) : laterSquares(request.squares)))
      }
    }
    return step.value
  }
}

test.each([1, 2, 3, 4, 5])('32 random programs at a time, round %i', async round => {
  const random = new Random(1000 + round)
  const before = bytesInUse()
  const jobs = Array.from({ length: 32 }, (_, i) => {
    const x = random.between(-1, 1)
    const v = vector(Float64Array.from({ length: SIZE }, () => random.between(-1, 1)))
    return { seed: 100 * round + i, x, v }
  })
  const running = jobs.map(async ({ seed, x, v }, i) => {
    await after(random.below(30))
    if (i % 4 !== 3) return backpropAsync(runLater(seed, random))(x, v)
    const [value, pullback] = await backpropWithAsync(runLater(seed, random))(x, v)
    await after(random.below(9))
    return [value, await pullback({ y: 1, w: new Tensor(new Float64Array(SIZE).fill(1), [SIZE]) })]
  })
  // And synchronous runs all the while.
  let busy = true
  const others = (async () => {
    while (busy) {
      expect(evalBP((z: Scalar) => square(z.add(1)))(2)).toBe(9)
      expect(isRunOpen()).toBe(false)
      await after(1)
    }
  })()
  const results = await Promise.all(running)
  busy = false
  await others
  jobs.forEach(({ seed, x, v }, i) => expect(results[i], `program ${seed}`).toEqual(backprop(runNow(seed))(x, v)))
  expect(bytesInUse()).toBeLessThanOrEqual(before + 2 ** 21)
})
