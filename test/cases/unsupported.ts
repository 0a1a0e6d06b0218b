/** What an adapter throws for a case that asks for what the library does not have: the checker counts it by this name. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported'

  /**
   * @param op the op of the case
   * @param missing what the library would need for it
   */
  constructor(op: string, missing: string) {
    super(`${op}: ${missing}`)
  }
}
