/**
 * Sharing an op among threads. The main thread posts it in the job block (shared/job.ts) as a number of chunks, and takes chunks as
 * the workers do, until none is left; then it waits for those that others have taken. So a worker that sleeps, or comes
 * late, costs nothing but its help. The chunks depend on the op and on the number of workers, not on who is quicker.
 */
import {
  JOB_A,
  JOB_ACTIVE,
  JOB_ALPHA,
  JOB_B,
  JOB_BUSY,
  JOB_BYTES,
  JOB_C,
  JOB_CHUNKS,
  JOB_CHUNKS_MASK,
  JOB_DONE,
  JOB_GRAIN,
  JOB_MODE,
  JOB_NUMBER_SHIFT,
  JOB_OUT,
  JOB_PAGES,
  JOB_SLEEPERS,
  JOB_SPLIT,
  JOB_TICKET,
  JOB_UNITS,
  JOB_WORD,
} from '../shared/job'
import { grainOf, runUnits, Split, splitOf, unitsOf, workOf } from './split'

/** Calls the facade while the main thread waits for a worker: it throws when that takes too long. */
@external('env', 'stalled')
declare function stalled(first: bool, nanoseconds: f64): void

const job: usize = ASC_FEATURE_THREADS ? memory.data(JOB_BYTES, 64) : 0

/**
 * An op that takes less time than this, in nanoseconds, stays on the main thread. Sharing one costs about 1 µs, and waking a worker
 * 9 µs: so while one sleeps an op must take `TO_WAKE` times as long. But when `MOST_ALONE` times as much has been left to the main
 * thread for that reason, more is likely to come, and the worker is woken. A chunk takes at least a `CHUNKS`th of it.
 */
let leastWork: f64 = 15_000
const TO_WAKE: f64 = 5
const MOST_ALONE: f64 = 30
const CHUNKS: f64 = 3

/** How often a worker looks for the next job before it sleeps: about 50 µs. */
const SPINS_BEFORE_SLEEP = 50_000
/** How often the main thread looks before it calls the facade. */
const SPINS_BEFORE_CALL = 100_000

/** How many workers take part. */
let active: i32 = 0
/** How much work has been left to the main thread because workers slept, since the last job. */
let workAlone: f64 = 0
/** The number of the last job. */
let number: i32 = 0

/** For the facade: where the job block is. */
export function jobBlock(): usize {
  return job
}

/** From now on `count` workers take part; with 0 everything runs on the main thread. Not to be called during a job. */
export function useWorkers(count: i32): void {
  active = count
  atomic.store<i32>(job, count, JOB_ACTIVE)
}

/** For tests: from how many nanoseconds on an op is shared. With 0 all that can be split are. */
export function shareFrom(nanoseconds: f64): void {
  leastWork = nanoseconds
}

/** Forgets the workers that there were, for others that are about to start. */
export function resetJob(): void {
  memory.fill(job, 0, JOB_BYTES)
}

/** Runs an op on all threads. False, with nothing done, when it is better done on one, or cannot be split. */
export function share(mode: i32, word: i32, out: usize, a: usize, b: usize, c: usize, alpha: f64): bool {
  if (active == 0) return false
  const split = splitOf(mode, word, out, a, b, alpha)
  if (split == Split.None) return false
  const work = workOf(split, word, out, a, b)
  if (work < leastWork) return false
  const units = unitsOf(split, word, out, a, b)
  const grain = grainOf(split, out)
  const groups = (units + grain - 1) / grain
  if (groups < 2) return false
  const sleepers = atomic.load<i32>(job, JOB_SLEEPERS)
  if (sleepers != 0 && work < TO_WAKE * leastWork) {
    workAlone += work
    if (workAlone < MOST_ALONE * leastWork) return false
  }
  workAlone = 0
  const most = min(groups, 2 * (active + 1))
  const chunks = CHUNKS * work < <f64>most * leastWork ? <i32>((CHUNKS * work) / leastWork) : most
  store<i32>(job, mode, JOB_MODE)
  store<i32>(job, word, JOB_WORD)
  store<u32>(job, <u32>out, JOB_OUT)
  store<u32>(job, <u32>a, JOB_A)
  store<u32>(job, <u32>b, JOB_B)
  store<u32>(job, <u32>c, JOB_C)
  store<f64>(job, alpha, JOB_ALPHA)
  store<i32>(job, split, JOB_SPLIT)
  store<i32>(job, units, JOB_UNITS)
  store<i32>(job, grain, JOB_GRAIN)
  store<i32>(job, chunks, JOB_CHUNKS)
  store<i32>(job, memory.size(), JOB_PAGES)
  atomic.store<i32>(job, 0, JOB_DONE)
  number++
  atomic.store<i32>(job, (number << JOB_NUMBER_SHIFT) | chunks, JOB_TICKET)
  if (atomic.load<i32>(job, JOB_SLEEPERS) != 0) atomic.notify(job + JOB_TICKET, -1)
  while (takeChunk()) {}
  awaitWorkers(chunks, work)
  return true
}

/** Does a chunk of the job that nobody has taken. False when there is none. */
function takeChunk(): bool {
  const ticket = atomic.load<i32>(job, JOB_TICKET)
  const left = ticket & JOB_CHUNKS_MASK
  if (left == 0) return false
  if (atomic.cmpxchg<i32>(job, ticket, ticket - 1, JOB_TICKET) != ticket) return true
  const chunks = load<i32>(job, JOB_CHUNKS)
  runChunk(chunks - left, chunks)
  atomic.add<i32>(job, 1, JOB_DONE)
  return true
}

function runChunk(index: i32, chunks: i32): void {
  // A worker sees late that memory has grown.
  while (<i32>memory.size() < load<i32>(job, JOB_PAGES)) {}
  const units = load<i32>(job, JOB_UNITS)
  const grain = load<i32>(job, JOB_GRAIN)
  const groups = (units + grain - 1) / grain
  const from = startOf(index, groups, chunks) * grain
  const to = min(units, startOf(index + 1, groups, chunks) * grain)
  runUnits(
    load<i32>(job, JOB_SPLIT),
    load<i32>(job, JOB_MODE),
    load<i32>(job, JOB_WORD),
    load<u32>(job, JOB_OUT),
    load<u32>(job, JOB_A),
    load<u32>(job, JOB_B),
    load<u32>(job, JOB_C),
    load<f64>(job, JOB_ALPHA),
    from,
    to,
  )
}

/** The group of units that a chunk begins with. */
@inline
function startOf(index: i32, groups: i32, chunks: i32): i32 {
  return <i32>((<i64>groups * index) / chunks)
}

/** Waits until all chunks are done. */
function awaitWorkers(chunks: i32, work: f64): void {
  let first = true
  let spins = SPINS_BEFORE_CALL
  while (atomic.load<i32>(job, JOB_DONE) != chunks) {
    if (--spins != 0) continue
    stalled(first, work)
    first = false
    spins = SPINS_BEFORE_CALL
  }
}

/** What a worker does: takes chunks, for ever. */
export function serve(index: i32): void {
  for (;;) {
    let spins = SPINS_BEFORE_SLEEP
    while (!isWanted(index, atomic.load<i32>(job, JOB_TICKET))) {
      if (--spins != 0) continue
      sleep(index)
      spins = SPINS_BEFORE_SLEEP
    }
    atomic.store<u8>(job + index, 1, JOB_BUSY)
    while (takeChunk()) {}
    atomic.store<u8>(job + index, 0, JOB_BUSY)
  }
}

/** Are there chunks to take, for this worker? */
@inline
function isWanted(index: i32, ticket: i32): bool {
  return (ticket & JOB_CHUNKS_MASK) != 0 && index < atomic.load<i32>(job, JOB_ACTIVE)
}

/** Sleeps until the ticket is another one. Says so first: the main thread looks for sleepers after it has changed the ticket. */
function sleep(index: i32): void {
  atomic.add<i32>(job, 1, JOB_SLEEPERS)
  const ticket = atomic.load<i32>(job, JOB_TICKET)
  if (!isWanted(index, ticket)) atomic.wait<i32>(job + JOB_TICKET, ticket, -1)
  atomic.sub<i32>(job, 1, JOB_SLEEPERS)
}
