/** Errors about files: which file, where in it, what was expected and found, and how to repair it. */

export interface FileProblem {
  readonly file: string
  /** Byte where the trouble begins; absent if the file as a whole is meant. */
  readonly offset?: number
  readonly expected: string
  readonly found: string
  /** A sentence or two: what the user can do. */
  readonly repair: string
  readonly cause?: unknown
}

export class FileError extends Error {
  readonly file: string
  readonly offset: number | undefined

  constructor({ file, offset, expected, found, repair, cause }: FileProblem) {
    const place = offset === undefined ? file : `${file}, byte ${offset}`
    super(`${place}: expected ${expected}, found ${found}. ${repair}`, { cause })
    this.file = file
    this.offset = offset
  }
}

/** What is wrong with a file's length, or undefined if it is right. `parts` says what the expected length is made of. */
export function lengthProblem(
  file: string,
  length: number,
  expected: number,
  parts: string,
): Pick<FileProblem, 'file' | 'offset' | 'expected' | 'found'> | undefined {
  const bytes = `${expected} bytes (${parts})`
  if (length < expected) {
    const found = `the end of the file, ${expected - length} bytes too early: it is truncated`
    return { file, offset: length, expected: bytes, found }
  }
  if (length > expected) {
    return {
      file,
      offset: expected,
      expected: `the end of the file after ${bytes}`,
      found: `${length - expected} bytes more`,
    }
  }
  return undefined
}

/** What a caught value has to say. */
export const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
