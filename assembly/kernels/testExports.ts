/**
 * The binary of `test/kernels/`: each kernel, and under the name with `Reference` after it the plain loop it is held
 * against. Not part of the engine.
 */
export { axpy, copy, dot, fill, maximum, minimum, scale, sum } from './vector'
export { gemv, gemvT, ger } from './matvec'
export { pack } from './pack'
export { gemm, gemmWorkspaceBytes } from './gemm'
export {
  expScalar,
  logisticScalar,
  logScalar,
  mapExp,
  mapLog,
  mapLogistic,
  mapTanh,
  tanhScalar,
} from './math'
export {
  axpy as axpyReference,
  copy as copyReference,
  dot as dotReference,
  expScalar as expScalarReference,
  fill as fillReference,
  gemm as gemmReference,
  gemv as gemvReference,
  gemvT as gemvTReference,
  ger as gerReference,
  logisticScalar as logisticScalarReference,
  logScalar as logScalarReference,
  mapExp as mapExpReference,
  mapLog as mapLogReference,
  mapLogistic as mapLogisticReference,
  mapTanh as mapTanhReference,
  maximum as maximumReference,
  minimum as minimumReference,
  scale as scaleReference,
  sum as sumReference,
  tanhScalar as tanhScalarReference,
} from '../reference'

/** The first byte that no static data occupies. */
export function heapBase(): usize {
  return __heap_base
}
