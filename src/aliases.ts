/** Second names of functions, for those who come from elsewhere. */
export { backpropWith as vjp } from './grad.ts'
export { constVar as auto } from './var.ts'
