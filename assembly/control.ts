/** The control block (see shared/layout.ts): what the facade and the engine tell each other between two calls. */
import { CONTROL_BYTES, CONTROL_NEEDED, CONTROL_STATUS } from './shared/layout'
import { Status } from './shared/status'

/** Its address. */
export const control: usize = memory.data(CONTROL_BYTES, 16)

/** For the facade: where it is. */
export function controlBlock(): usize {
  return control
}

/** Says why the engine comes back. */
@inline
export function stopWith(status: Status): void {
  store<i32>(control, status, CONTROL_STATUS)
}

/** Says that this op has no derivative of one order more. */
export function stopForOrder(opcode: i32): void {
  store<i32>(control, opcode, CONTROL_NEEDED)
  stopWith(Status.OrderTooHigh)
}

/** Says that the arena has no room for that many bytes. */
export function stopForMemory(bytes: usize): void {
  store<u32>(control, <u32>bytes, CONTROL_NEEDED)
  stopWith(Status.NeedMemory)
}
