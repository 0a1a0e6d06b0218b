/**
 * Where the user's code has made a record: a trace of calls, cut to the frames that are not the library's. It is an error so that
 * it can be another one's `cause`, which consoles print with its lines.
 */

import type { BackpropError } from '../errors.ts'

/** How many frames are looked at: those of the library come first, and must not be all. */
const FRAMES = 60

/** Where V8 keeps how many frames a trace has. Other engines have more than enough, and no such field. */
const V8 = Error as { stackTraceLimit?: number }

/** The one that records are noted with whatever is being called: what is recorded in the place of another record. */
let standing: Place | undefined

export class Place extends Error {
  override name = 'Place'
  #isCut = false

  private constructor() {
    super('recorded here')
  }

  /** The place of what is being recorded now. */
  static here(): Place {
    if (standing !== undefined) return standing
    const { stackTraceLimit = FRAMES } = V8
    V8.stackTraceLimit = FRAMES
    try {
      return new Place()
    } finally {
      V8.stackTraceLimit = stackTraceLimit
    }
  }

  /** The user's frames, innermost first, as the runtime writes them. All of them where the library is bundled with the user's code. */
  get #frames(): readonly string[] {
    const lines = framesOf(this)
    const others = library === undefined ? lines : lines.filter(line => !line.includes(library))
    return others.length > 0 ? others : lines
  }

  /** The same place, its `stack` being the user's frames. */
  cut(): this {
    if (this.#isCut) return this
    this.#isCut = true
    this.stack = [`${this.name}: ${this.message}`, ...this.#frames.map(frame => `    ${frame}`)].join('\n')
    return this
  }

  /** The innermost frame, for a message. */
  get line(): string {
    const [first = 'an unknown place'] = this.#frames
    return first
  }
}

/** The error, saying where: its message ends with the line, and the place is its cause. */
export function located<E extends BackpropError>(error: E, what: string, place: Place): E {
  error.message += ` ${what} ${place.line}.`
  error.cause = place.cut()
  return error
}

/** Are the values of records looked at? */
export let isChecked = true

/**
 * Does something whose records may hold NaN, because their values are of no account: they are made to be differentiated.
 */
export function unchecked<T>(body: () => T): T {
  const before = isChecked
  isChecked = false
  try {
    return body()
  } finally {
    isChecked = before
  }
}

/** Does something in whose course all records are noted as made at that place, if there is one. */
export function insteadOf<T>(place: Place | undefined, body: () => T): T {
  if (place === undefined) return body()
  const before = standing
  standing = place
  try {
    return body()
  } finally {
    standing = before
  }
}

/** The lines of a trace: `at f (file:1:2)` of V8, `f@file:1:2` of the others. */
function framesOf({ stack }: Error): string[] {
  if (typeof stack !== 'string') return []
  return stack
    .split('\n')
    .map(line => line.trim())
    .filter(line => /:\d+:\d+\)?$/.test(line))
}

/** What all frames of the library have in them: its folder, or its file if it is one. */
const library = libraryOf(framesOf(new Error())[0])

function libraryOf(frame: string | undefined): string | undefined {
  const file = frame === undefined ? undefined : /(?:\(|@|at )([^()@]+):\d+:\d+\)?$/.exec(frame)?.[1]
  return file?.replace(/debug\/place\.[jt]s$/, '')
}
