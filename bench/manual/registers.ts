/**
 * The ceiling of a matrix product: multiplying and adding in registers alone, without a load or a store. A module of
 * WebAssembly, encoded here because nothing but the benchmark has a use for it:
 *
 *     (func (param $times i32) (result f64) (local $factor, $addend, $c0 … v128)
 *       loop  $cᵢ = $cᵢ · $factor + $addend, for each i, four times over;  br_if 0 (--$times)  end
 *       the sum of all $cᵢ)
 *
 * Each step of a chain waits for the one before it. With few chains the processor waits, with many the compiler runs out
 * of registers: `registerLoop` takes as many as are fastest.
 */

/** Times that the body of the loop has each chain. */
const UNROLL = 4
/** A vector of two: two products, two sums. */
const FLOPS_A_STEP = 4

const GET = 0x20
const SET = 0x21
const TEE = 0x22
const SPLAT = [0xfd, 0x14] // f64x2.splat
const ADD = [0xfd, 0xf0, 0x01] // f64x2.add
const MULTIPLY = [0xfd, 0xf2, 0x01] // f64x2.mul
const MULTIPLY_ADD = [0xfd, 0x87, 0x02] // f64x2.relaxed_madd
const FIRST_LANE = [0xfd, 0x21, 0x00] // f64x2.extract_lane 0

function number(value: number): number[] {
  return [0x44, ...new Uint8Array(Float64Array.of(value).buffer)]
}

function range<T>(count: number, of: (i: number) => T[]): T[] {
  return Array.from({ length: count }, (_, i) => of(i)).flat()
}

/** LEB128, for numbers ≥ 0. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >> 7)]
}

function sized(bytes: readonly number[]): number[] {
  return [...unsigned(bytes.length), ...bytes]
}

/** The function with that many chains; `fused` has one instruction for multiply and add. */
function compileChains(chains: number, fused: boolean): (times: number) => number {
  const factor = 1
  const addend = 2
  const chain = 3
  const step = (i: number): number[] =>
    fused
      ? [GET, chain + i, GET, factor, GET, addend, ...MULTIPLY_ADD, SET, chain + i]
      : [GET, chain + i, GET, factor, ...MULTIPLY, GET, addend, ...ADD, SET, chain + i]
  const body = [
    ...[1, ...unsigned(chains + 2), 0x7b], // locals: v128
    ...[...number(0.999), ...SPLAT, SET, factor, ...number(0.001), ...SPLAT, SET, addend],
    ...range(chains, i => [...number(i), ...SPLAT, SET, chain + i]),
    ...[0x03, 0x40], // loop
    ...range(UNROLL, () => range(chains, step)),
    ...[GET, 0, 0x41, 1, 0x6b, TEE, 0, 0x0d, 0, 0x0b], // times − 1; br_if; end
    ...[GET, chain, ...range(chains - 1, i => [GET, chain + 1 + i, ...ADD]), ...FIRST_LANE, 0x0b],
  ]
  const module = new WebAssembly.Module(
    Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // magic, version
      ...[1, ...sized([1, 0x60, 1, 0x7f, 1, 0x7c])], // type: i32 → f64
      ...[3, ...sized([1, 0])], // one function of it
      ...[7, ...sized([1, 1, 0x66, 0, 0])], // exported as f
      ...[10, ...sized([1, ...sized(body)])],
    ]),
  )
  return new WebAssembly.Instance(module).exports.f as (times: number) => number
}

/** Does at least so many floating-point operations at the highest rate there is, and not a thousandth more. */
export function registerLoop(flops: number, fused: boolean): () => number {
  let fastest = Infinity
  let best: (() => number) | undefined
  for (let chains = 6; chains <= 14; chains++) {
    const run = compileChains(chains, fused)
    const times = (count: number): number => Math.ceil(count / (chains * UNROLL * FLOPS_A_STEP))
    // The best of several short trials, after one in which the code is compiled.
    for (let trial = 0; trial < 6; trial++) {
      const start = performance.now()
      run(times(2 ** 24))
      const millis = performance.now() - start
      if (trial > 0 && millis < fastest) {
        fastest = millis
        best = () => run(times(flops))
      }
    }
  }
  if (best === undefined) throw new Error('no trial was made')
  return best
}
