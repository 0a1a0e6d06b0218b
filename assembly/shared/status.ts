/**
 * What the engine says when it comes back. Read by both compilers.
 *
 * A run of records returns a status instead of throwing: an AssemblyScript throw is a trap, and a trap leaves no
 * way to resume. After every status but `Done` the facade does what is asked and calls again, or throws a named error.
 */
export enum Status {
  /** Everything that was asked for has been run. */
  Done = 0,
  /** The arena is too small for the next buffer: grow the memory and resume. */
  NeedMemory = 1,
  /** The tape has no room for the next record: grow the memory and resume. */
  NeedSlots = 2,
  /** A cotangent has reached a host op: call its pullback in TypeScript and resume below it. */
  Host = 3,
  /** A record carries an opcode that this binary does not have. */
  UnknownOpcode = 4,
  /** A derivative has an order that a record cannot count: no higher derivative can be recorded. */
  OrderTooHigh = 5,
}
