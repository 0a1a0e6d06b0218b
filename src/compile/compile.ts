/** `compile`: the programs of a function, and which of them a call runs. */
import type { VarFunction } from '../differentiate.ts'
import { ResidentError, UnstableProgramError, UsageError } from '../errors.ts'
import type { Resident } from '../resident.ts'
import type { Operator } from '../signatures.ts'
import { amongData, argumentsOf, sameResidents, type StepArguments, withArguments } from '../stepArguments.ts'
import { someLeaf } from '../structure.ts'
import { Var } from '../var.ts'
import { checkGiven, oneOf } from '../options.ts'
import { engine } from '../wasm/engine.ts'
import type { Execution, Generate } from './generate/execution.ts'
import type { Condition, Course, Program, Strided } from './program.ts'
import { record } from './record.ts'
import { recorder } from './recorder.ts'
import type { ResidentNode, Signature } from './signature.ts'

/** How many programs a function keeps; the one that was used longest ago goes. */
const MOST_PROGRAMS = 32

/** How often a function is recorded again because a value that it reads was another one. */
const MOST_REREADINGS = 8

/**
 * How many instructions the programs of a compiled function have, and how many of them run as generated WebAssembly instead
 * of being interpreted: those on numbers, and loops of elementwise ops in a row, when it pays.
 *
 * @example
 * ```ts
 * const sixth = compile(evalBP((x: Var<number>) => x.mul(x).mul(x).mul(x).mul(x).mul(x)), { generate: 'always' })
 * sixth(2) // → 64
 * const instructions: Instructions = sixth.instructions
 * instructions.all // → 5
 * ```
 */
export interface Instructions {
  /** How many there are. */
  readonly all: number
  /** How many of them run as generated code. */
  readonly generated: number
}

/**
 * Options of `compile`.
 *
 * @example
 * ```ts
 * const options: CompileOptions = { generate: 'never' }
 * compile(evalBP((x: Var<number>) => x.mul(x)), options)(3) // → 9
 * ```
 */
export interface CompileOptions {
  /**
   * When programs become generated code: when it will have paid, `'auto'`, which is the default; when they are recorded,
   * `'always'`; or not at all, `'never'`. Where the host does not allow it, a content security policy for one, they are
   * interpreted. The results are the same bits.
   */
  readonly generate?: Generate
}

/**
 * What `compile` gives beside the function itself.
 *
 * @example
 * ```ts
 * const square: Programs = compile(evalBP((x: Var<number>) => x.mul(x)))
 * square.recordings // → 0
 * ```
 */
export interface Programs {
  /** How often the function has been recorded so far. */
  readonly recordings: number
  /** How many bytes of linear memory its programs take: their instructions, and the tensors that are needed at one time. */
  readonly bytes: number
  /** How many instructions its programs have at present, and how many of them run as generated code. */
  readonly instructions: Instructions
  /**
   * Gives the memory of all programs back, now; otherwise the collector does when the function is forgotten. Called again,
   * the function is recorded anew.
   *
   * @returns nothing
   * @throws nothing
   * @example
   * ```ts
   * const square = compile(evalBP((x: Var<number>) => x.mul(x)))
   * square(3) // → 9
   * square.free()
   * ```
   */
  free(): void
  /** The same as `free`, for `using`. */
  [Symbol.dispose](): void
}

/** `unknown` for what an operator gives; otherwise the repair, in a type that the function does not fit. */
type Compilable<F> = F extends Operator
  ? unknown
  : 'give what an operator makes of it: compile(evalBP(f)), compile(gradBP(f))'

/** Programs for arguments of one structure, the one used last first. */
interface Entry {
  readonly signature: Signature
  readonly programs: Program[]
  recordings: number
  /** How many of these recordings were made because a value that is read was another one. */
  rereadings: number
}

/** The programs of each compiled function. */
const caches = new WeakMap<object, Cache>()

/** @internal The programs of a function, if it is a compiled one. */
export function programsOf(f: object): Cache | undefined {
  return caches.get(f)
}

/** Gives back the blocks of compiled functions that were forgotten without `free`. */
const forgotten = new FinalizationRegistry<ReadonlySet<number>>(blocks => {
  for (const block of blocks) engine().memory.free(block)
})

/** @internal The programs of one function. */
export class Cache {
  readonly #f: VarFunction
  /** The entry used last first. */
  #entries: Entry[] = []
  /** The blocks of all programs. */
  readonly blocks = new Set<number>()
  readonly #generate: Generate
  /** What the function asks of its arguments, if it is a step. */
  readonly #arguments: StepArguments | undefined
  recordings = 0
  /** Are arguments being looked at? Code of the user's, a getter for one, may run then. */
  #looking = false

  constructor(f: VarFunction, generate: Generate) {
    this.#f = f
    this.#generate = generate
    this.#arguments = argumentsOf(f)
  }

  /** The instructions of all programs. */
  get instructions(): Instructions {
    const executions = this.#entries.flatMap(({ programs }) => programs.map(({ execution }) => execution))
    const total = (count: (execution: Execution) => number): number =>
      executions.reduce((sum, execution) => sum + count(execution), 0)
    return { all: total(({ instructions }) => instructions), generated: total(({ generated }) => generated) }
  }

  call(args: readonly unknown[]): unknown {
    const entry = this.#find(args)
    if (entry === undefined) {
      // With a variable among the arguments, or without any leaf, there is nothing to replay.
      const isPlain = hasLeaf(args, () => true) && !hasLeaf(args, leaf => leaf instanceof Var)
      return isPlain ? this.#record(args, undefined) : this.#f(...args)
    }
    const { signature, programs } = entry
    let broken: Condition | undefined
    try {
      for (let i = 0; i < programs.length; i++) {
        const program = programs[i] as Program
        check(program, signature)
        const condition = program.run()
        if (condition === undefined) {
          if (i > 0) programs.unshift(...programs.splice(i, 1))
          return program.finish()
        }
        if (broken?.read === undefined) broken = condition
      }
    } finally {
      signature.forget()
    }
    if (broken?.read !== undefined && entry.rereadings++ >= MOST_REREADINGS) {
      throw new UnstableProgramError(broken.read.what, entry.recordings, broken.read.site)
    }
    return this.#record(args, entry)
  }

  /**
   * Calls with value after value of strided arguments, from number `from` up to, not including, `to`; `args` has the residents that stand for them.
   * Writes the number that each call gives to `results`. Gives where it has stopped: where no program fits, or at once if there is none yet.
   */
  callEach(
    args: readonly unknown[],
    strided: readonly Strided[],
    from: number,
    to: number,
    results: Float64Array,
    deadline: number,
  ): number {
    const entry = this.#find(args)
    if (entry === undefined) return from
    const { signature, programs } = entry
    try {
      const courses: Course[] = []
      let next = from
      // Conditions hold for some values and fail for others: then another program goes on where the last one has stopped.
      for (let tried = 0, i = 0; next < to && tried < programs.length; i = (i + 1) % programs.length) {
        const program = programs[i] as Program
        if (!program.givesNumber) return next
        if (courses.length === i) {
          check(program, signature)
          courses.push(program.course(strided))
        }
        const stop = program.runEach(courses[i] as Course, next, to, results, deadline)
        if (stop > next && stop < to && performance.now() >= deadline) return stop
        tried = stop > next ? 1 : tried + 1
        next = stop
      }
      return next
    } finally {
      signature.forget()
    }
  }

  /** The entry for arguments of this structure, their leaves being noted. */
  #find(args: readonly unknown[]): Entry | undefined {
    if (this.#looking) throw new UsageError('compile: the function is called by a getter of its own arguments.')
    this.#looking = true
    try {
      const entries = this.#entries
      for (let i = 0; i < entries.length; i++) {
        const entry = entries[i] as Entry
        if (!entry.signature.matches(args)) {
          entry.signature.forget()
          continue
        }
        if (i > 0) entries.unshift(...entries.splice(i, 1))
        return entry
      }
      return undefined
    } finally {
      this.#looking = false
    }
  }

  /** Records a program, keeps it, and runs it. */
  #record(args: readonly unknown[], known: Entry | undefined): unknown {
    this.#arguments?.check(args)
    this.#arguments?.checkData(args)
    const { signature, program } = record(this.#f, args, known?.signature, this.#generate)
    this.recordings++
    this.blocks.add(program.block)
    // The function may have called itself meanwhile, or have been freed, so that `known` is none of the entries any more.
    let entry = known
    if (entry === undefined || !this.#entries.includes(entry)) {
      entry = { signature, programs: [], recordings: 0, rereadings: 0 }
      this.#entries.unshift(entry)
    }
    entry.programs.unshift(program)
    entry.recordings++
    this.#forgetOldest()
    try {
      if (!signature.matches(args)) throw changed()
      check(program, signature)
      if (program.run() !== undefined) throw changed()
      return program.finish()
    } finally {
      signature.forget()
    }
  }

  get bytes(): number {
    let total = 0
    for (const { programs } of this.#entries) for (const { bytes } of programs) total += bytes
    return total
  }

  #forgetOldest(): void {
    const { memory } = engine()
    while (this.blocks.size > MOST_PROGRAMS) {
      const last = this.#entries.at(-1) as Entry
      const { block } = last.programs.pop() as Program
      if (last.programs.length === 0) this.#entries.pop()
      this.blocks.delete(block)
      memory.free(block)
    }
  }

  free(): void {
    const { memory } = engine()
    this.#entries = []
    for (const block of this.blocks) memory.free(block)
    this.blocks.clear()
  }
}

/** The error for arguments that do not stay what they are. */
function changed(): UsageError {
  return new UsageError('compile: the arguments changed while the function ran. Give plain values, without getters.')
}

/** Throws unless the residents that a program reads and changes may be read and changed. Loops without closures: no garbage. */
function check(program: Program, { residents }: Signature): void {
  if (residents.length > 0 && recorder !== undefined) recorder.refuseResident()
  const { changed, changedBy, deliveries } = program.effects
  for (const { given, place } of residents) given?.use(place)
  for (const node of changed) {
    const resident = node.given as Resident<unknown>
    resident.checkUnread(node.place)
    if (isGiven(resident, residents, node)) {
      throw isGiven(resident, changed, node) ? sameResidents(changedBy) : amongData(changedBy, node.name)
    }
  }
  for (const delivery of deliveries) {
    for (const resident of delivery.residents) {
      resident.use('into')
      resident.checkUnread('into')
      if (isGiven(resident, residents, undefined)) {
        throw new ResidentError('into: these resident parameters are an argument of the same call. Give others.')
      }
    }
  }
}

/** Are resident parameters among the arguments, anywhere but at one place? */
function isGiven(
  resident: Resident<unknown>,
  residents: readonly ResidentNode[],
  but: ResidentNode | undefined,
): boolean {
  for (const node of residents) if (node !== but && node.given === resident) return true
  return false
}

/** Does a predicate hold for some leaf of the arguments? */
function hasLeaf(args: readonly unknown[], holds: (leaf: unknown) => boolean): boolean {
  return args.some(arg => someLeaf(arg, holds))
}

/**
 * The same function, recorded once for each structure of arguments and replayed from then on: compile(f)(x) = f(x), where f
 * is what an operator gives: `evalBP`, `gradBP`, `backprop`, `vmap`, `sgdStep`, `trainStep`, or an optimiser, `adam()`. A replay
 * records nothing, and allocates nothing but its result; forward and adjoint run in one call.
 *
 * What changes from call to call is an argument. Whatever else the function reads, the numbers and tensors that it captures,
 * is a constant of the program. Comparisons of variables (`x.lt(y)`), and values that are read (`x.value`), are conditions:
 * where one has another outcome, another program is used, recorded if need be. `peek` looks without a condition.
 *
 * With a variable among the arguments, inside another function, it is f itself.
 *
 * Programs that are called often become WebAssembly code of their own, for numbers and for elementwise ops in a row.
 *
 * @param f what an operator gives
 * @param options when code is generated
 * @shape f → f
 * @returns the function, with `recordings`, `instructions` and `free`
 * @throws {UsageError} when f is no function, or an option is unknown; (from the function) when it uses a variable of an enclosing one.
 * @throws {NotCompilableError} (from the function) when it calls an op of the user's, or an argument is of a user's type.
 * @throws {UnstableProgramError} (from the function) when a value that it reads is another one almost every time.
 * @throws {ResidentError} (from the function) as f does, and when residents are read that are no argument.
 * @throws {OutOfMemoryError} (from the function) when there is no room.
 * @example
 * ```ts
 * const slope = compile(gradBP((x: Var<number>) => x.mul(x).add(1)))
 * slope(3) // → 6
 * slope(4) // → 8
 * slope.recordings // → 1
 * ```
 */
export function compile<F extends (...args: never[]) => unknown>(f: F & Compilable<F>): F & Programs
// Where an option is wrong, TypeScript infers no F but takes its constraint, which f must then fit for the option to be named.
export function compile<F extends Operator & ((...args: never[]) => unknown)>(
  f: F,
  options: CompileOptions | undefined,
): F & Programs
export function compile(f: unknown, options: CompileOptions = {}): unknown {
  checkGiven('compile', options, { generate: oneOf('auto', 'always', 'never') })
  const { generate = 'auto' } = options
  if (typeof f !== 'function') {
    throw new UsageError('compile: give what an operator gives: compile(gradBP(f)), compile(evalBP(f)).')
  }
  const cache = new Cache(f as VarFunction, generate)
  const compiled = withArguments((...args: unknown[]): unknown => cache.call(args), argumentsOf(f))
  caches.set(compiled, cache)
  forgotten.register(compiled, cache.blocks)
  const programs: Programs = {
    get recordings() {
      return cache.recordings
    },
    get bytes() {
      return cache.bytes
    },
    get instructions() {
      return cache.instructions
    },
    free: () => {
      cache.free()
    },
    [Symbol.dispose]: () => {
      cache.free()
    },
  }
  return Object.defineProperties(compiled, Object.getOwnPropertyDescriptors(programs))
}
