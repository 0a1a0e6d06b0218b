/** The public names of the library, nothing else. */
export { backprop, backpropWith, evalBP, gradBP } from './grad.ts'
export { backpropAsync, backpropWithAsync, evalBPAsync, gradBPAsync } from './async.ts'
export type {
  Backprop,
  BackpropAsync,
  BackpropWith,
  BackpropWithAsync,
  Evaluated,
  EvaluatedAsync,
  Gradient,
  GradientAsync,
  GradientOptions,
  Operator,
} from './signatures.ts'
export { asyncOp1, asyncOp2, asyncOp3, asyncOpN } from './asyncOp.ts'
export type { AsyncOp } from './asyncOp.ts'
export {
  auto,
  bindRef,
  choicesVar,
  constRef,
  evalBPOp,
  evalOp,
  gradBPOp,
  gSplits,
  isoVar2,
  isoVar3,
  liftOp,
  liftOp1,
  liftOp2,
  liftOp3,
  partsVar,
  sopVar,
  vjp,
  withChoices,
} from './aliases.ts'
export {
  backpropBPOp,
  bindVar,
  bpOp,
  evalBP0,
  implicitly,
  inpVar,
  inpVars,
  liftB,
  liftB1,
  liftB2,
  liftB3,
  opVar,
  withInps,
} from './bpOp.ts'
export type { Binding, BPOp, BPOpI } from './bpOp.ts'
export { checkLaws } from './laws.ts'
export type { LawOptions } from './laws.ts'
export { addValues, castValue, innerProduct, mapNumbers, oneOf, randomOf, scaleValue, zeroOf } from './space.ts'
export { constVar, Var } from './var.ts'
export { check, matrix, matrix32, Tensor, vector, vector32, widen, zeros, zeros32 } from './tensor.ts'
export type { Matrix, Matrix32, NestedArray, NestedNumbers, PlainTensor, Vector, Vector32 } from './tensor.ts'
export { differentiable, registerDifferentiable } from './differentiable.ts'
export type { Differentiable, DifferentiableTypes } from './differentiable.ts'
export { boxed, Boxed } from './boxed.ts'
export {
  coerceVar,
  composeOp,
  composeOp1,
  gradOp,
  gradOpWith,
  idOp,
  noGrad,
  noGrad1,
  op0,
  op1,
  op2,
  op3,
  opCoerce,
  opConst,
  opIso,
  opLens,
  opN,
  opOf,
  opTup,
  runOp,
} from './op.ts'
export type { Iso, Lens, Op, Passing } from './op.ts'
export {
  gSplit,
  iso,
  isoVar,
  isoVarN,
  lens,
  overVar,
  previewVar,
  prism,
  setVar,
  splitVars,
  toListOfVar,
  traversal,
  viewVar,
  withParts,
} from './optics.ts'
export type { Prism, Traversal } from './optics.ts'
export { fixed, Fixed } from './fixed.ts'
export { resident, Resident } from './resident.ts'
export type { View } from './resident.ts'
export type { Loadable, LoadOptions } from './load.ts'
export { epoch } from './epoch/epoch.ts'
export type { EpochOptions, Progress } from './epoch/epoch.ts'
export { oneHot, table } from './epoch/table.ts'
export type { Table } from './epoch/table.ts'
export { match } from './match.ts'
export type { Cases } from './match.ts'
export { vmap } from './vmap/vmap.ts'
export { withBatchRule } from './vmap/batchRule.ts'
export type { Batched, BatchOf, BatchRule, VmapOptions } from './vmap/types.ts'
export { checkpoint } from './derivatives/checkpoint.ts'
export { grad, gradWith, hvp, valueAndGrad } from './derivatives/gradient.ts'
export { hessian, hessianF, jacobian, jacobianTransposed } from './derivatives/jacobian.ts'
export { derivative, directional, jvp } from './derivatives/tangent.ts'
export type { DerivativeOptions, Jacobian, JacobianOptions, Jvp } from './derivatives/types.ts'
export { jet } from './taylor/jet.ts'
export { derivatives, directionalDerivatives, maclaurin, taylor } from './taylor/taylor.ts'
export type { Jet, Terms } from './taylor/types.ts'
export { sgdStep } from './step.ts'
export type { SgdOptions, Step } from './step.ts'
export { mapVars } from './mapVars.ts'
export { optimiser } from './optimise/optimiser.ts'
export type { Optimiser, OptimiserRule, OptimiserState, RateOptions } from './optimise/optimiser.ts'
export { adadelta, adagrad, adam, adaMax, adamW, momentum, rmsProp, sgd } from './optimise/rules.ts'
export type {
  AdadeltaOptions,
  AdagradOptions,
  AdaMaxOptions,
  AdamOptions,
  AdamWOptions,
  MomentumOptions,
  RmsPropOptions,
} from './optimise/rules.ts'
export { trainStep } from './optimise/trainStep.ts'
export type { TrainStep } from './optimise/trainStep.ts'
export type { Loss, Minimiser, MinimiserOptions } from './solve/minimiser.ts'
export { gradientAscent, gradientDescent } from './solve/gradientDescent.ts'
export { conjugateGradientAscent, conjugateGradientDescent } from './solve/conjugateGradients.ts'
export { lbfgs } from './solve/lbfgs.ts'
export type { LbfgsOptions } from './solve/lbfgs.ts'
export { levenbergMarquardt } from './solve/leastSquares.ts'
export type { LeastSquaresOptions } from './solve/leastSquares.ts'
export { constrainedDescent } from './solve/barrier.ts'
export type { BarrierOptions } from './solve/barrier.ts'
export { newtonCG } from './solve/newtonCG.ts'
export { extremum, findZero, fixedPoint, inverse } from './solve/roots.ts'
export type { Equation, RootFinder, RootOptions } from './solve/roots.ts'
export { last } from './solve/iterates.ts'
export type { Iterate, Iterates, Report, StopReason } from './solve/iterates.ts'
export { compile } from './compile/compile.ts'
export type { CompileOptions, Instructions, Programs } from './compile/compile.ts'
export type { Generate } from './compile/generate/execution.ts'
export { peek } from './compile/peek.ts'
export { tapeOf } from './tapeOf.ts'
export type { CopiedTape } from './tapeOf.ts'
export { SparseMatrix } from './sparse/matrix.ts'
export type { SparsityPattern } from './sparse/matrix.ts'
export { sparseHessian, sparseJacobian } from './sparse/sparse.ts'
export { toFloat32, toFloat64 } from './ops/cast.ts'
export * from './ops/choice.ts'
export * from './ops/collection.ts'
export * from './ops/elementwise.ts'
export * from './ops/special.ts'
export * from './ops/named.ts'
export { collectVar, sequenceVar } from './ops/part.ts'
export type { Elements } from './ops/part.ts'
export * from './ops/stopGradient.ts'
export { dot, matMul, matVec, outer } from './ops/product.ts'
export type { MatMulOptions } from './ops/product.ts'
export * from './ops/reduce.ts'
export { logSumExp, softmax, softmaxCrossEntropy } from './ops/softmax.ts'
export { closeWorkers, init, workers } from './wasm/engine.ts'
export type { InitOptions, Workers } from './wasm/engine.ts'
export type {
  AnyTensor,
  BVar,
  CastTo,
  Data,
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
  BatchedValueError,
  BatchSizeError,
  CycleError,
  DTypeMismatchError,
  EngineError,
  LawError,
  LostDerivativeError,
  NoGradientError,
  NotANumberError,
  NotCompilableError,
  NotTwiceDifferentiableError,
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
  UnstableProgramError,
  UsageError,
  VarOutOfRunError,
  WorkerError,
} from './errors.ts'
