/**
 * The job block of the builds with threads: how the main thread gives work to the workers. Offsets in bytes from the address that
 * the engine exports as `jobBlock`. Read by both compilers.
 *
 * The *ticket* holds how many chunks of the job nobody has taken yet, in its low eight bits, and above them the number of the
 * job: so one atomic exchange takes a chunk, and fails when the job is another one. Workers sleep on it.
 */
export const JOB_TICKET = 0
export const JOB_CHUNKS_MASK = 0xff
export const JOB_NUMBER_SHIFT = 8
/** How many workers sleep, or are about to. */
export const JOB_SLEEPERS = 4
/** Workers from this one on take nothing. */
export const JOB_ACTIVE = 8

/** How many chunks of the job are done. In a cache line that waiting workers do not read. */
export const JOB_DONE = 64
/** A worker that came to an error, plus 1; 0 for none. */
export const JOB_FAILED = 68

/** The op, as `execute`, `accumulate` and `productWithBias` get it, and how it is split. */
export const JOB_MODE = 128
export const JOB_WORD = 132
export const JOB_OUT = 136
export const JOB_A = 140
export const JOB_B = 144
export const JOB_C = 148
export const JOB_ALPHA = 152
export const JOB_SPLIT = 160
/** How many rows, columns or elements there are to split, and how many of them stay together. */
export const JOB_UNITS = 164
export const JOB_GRAIN = 168
export const JOB_CHUNKS = 172
/** How many pages linear memory has: a worker may learn of growth later than the main thread. */
export const JOB_PAGES = 176

/** One byte a worker: is it at work on a chunk? */
export const JOB_BUSY = 192

export const JOB_BYTES = 256
/** As many as have a byte there. */
export const MOST_WORKERS = 64
