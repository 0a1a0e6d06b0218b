/** Second names of functions, for those who come from elsewhere. */
export { backpropWith as vjp } from './grad.ts'
export { constVar as auto, constVar as constRef } from './var.ts'
export { bindVar as bindRef, liftB as liftOp, liftB1 as liftOp1, liftB2 as liftOp2, liftB3 as liftOp3 } from './bpOp.ts'
export { gradOp as gradBPOp, runOp as evalBPOp, runOp as evalOp } from './op.ts'
export {
  isoVar as choicesVar,
  isoVar as partsVar,
  isoVar as sopVar,
  isoVarN as isoVar2,
  isoVarN as isoVar3,
} from './optics.ts'
export { gSplit as gSplits, withParts as withChoices } from './optics.ts'
