/**
 * The binary of `test/kernels/`: each kernel, and under the name with `Reference` before its type the plain loop it is held
 * against. Not part of the engine.
 */
export * from './instances'
export { expScalar, logisticScalar, logScalar, tanhScalar } from './math'
export {
  erfcScalar,
  erfScalar,
  gaussian,
  inverf,
  inverfc,
  inverfcSlope,
  inverfSlope,
  invNormCdf,
  invNormCdfSlope,
  normCdfScalar,
} from './errorFunction'
export { digamma, lgamma, polygamma } from './gamma'
export * from '../reference/instances'

/** The first byte that no static data occupies. */
export function heapBase(): usize {
  return __heap_base
}
