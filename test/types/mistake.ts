/** What must not compile, as data. */

export interface Mistake {
  readonly what: string
  /** The program; ⟦wrong│right⟧ marks the mistake and its repair. */
  readonly program: string
  /** The code that is underlined. */
  readonly at: string
  /** What the message contains. */
  readonly says: readonly string[]
}
