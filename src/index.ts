/** The public names of the library, nothing else. */
export { backprop, backpropWith, evalBP, gradBP } from './grad.ts'
export type { Backprop, BackpropWith, Evaluated, Gradient, GradientOptions } from './signatures.ts'
export { auto, vjp } from './aliases.ts'
export { constVar, Var } from './var.ts'
export { check, matrix, Tensor, vector, widen, zeros } from './tensor.ts'
export type { Matrix, NestedArray, NestedNumbers, Vector } from './tensor.ts'
export { fixed, Fixed } from './fixed.ts'
export { resident, Resident } from './resident.ts'
export { match } from './match.ts'
export type { Cases } from './match.ts'
export { sgdStep } from './step.ts'
export type { SgdOptions } from './step.ts'
export { tapeOf } from './tapeOf.ts'
export type { CopiedTape } from './tapeOf.ts'
export * from './ops/elementwise.ts'
export * from './ops/product.ts'
export * from './ops/reduce.ts'
export * from './ops/softmax.ts'
export { init } from './wasm/engine.ts'
export type { InitOptions } from './wasm/engine.ts'
export type {
  AnyTensor,
  BVar,
  DType,
  Leaf,
  Mixed,
  NotDifferentiable,
  NumericTag,
  Operand,
  Plain,
  Primal,
  Shape,
  Static,
} from './types.ts'
export {
  BackpropError,
  CycleError,
  EngineError,
  LostDerivativeError,
  NumericTagError,
  OperandError,
  OrderError,
  OutOfMemoryError,
  RankError,
  ResidentError,
  ResultError,
  ShapeMismatchError,
  SizeError,
  StructureMismatchError,
  UnknownLeafError,
  UnknownTagError,
  UsageError,
  VarOutOfRunError,
} from './errors.ts'
