/**
 * Where things are in linear memory. Read by both compilers.
 *
 * One *slot* is 32 bytes. Slots 0, 1, 2, … are the records of the tape; slots −1, −2, … are constants, which
 * have no cotangent and are no part of the tape. Both grow away from one origin:
 *
 *                 constants ◄──────┐┌──────► records
 *        ┌──────┬──────┬──────┬────┴┴┬──────┬──────┬──────┐
 *        │  …   │  −3  │  −2  │  −1  │   0  │   1  │   …  │     slot s is at origin + 32·s
 *        └──────┴──────┴──────┴──────┴──────┴──────┴──────┘
 *
 * A slot, by offset in bytes (scalar results live in the slot itself, tensors in the arena):
 *
 *             0        1       2       3           4         8         12        16    20    24    28
 *        ┌────────┬───────┬───────┬───────────┬─────────┬─────────┬─────────┬───────────┬───────────┐
 * scalar │        │       │       │           │         │         │         │ value     │ adjoint   │
 *        │ opcode │ flags │ state │ attribute │ operand │ operand │ operand ├─────┬─────┼─────┬─────┤
 * tensor │        │       │       │           │ a       │ b       │ c       │ ptr │ rows│ adj │ cols│
 *        └────────┴───────┴───────┴───────────┴─────────┴─────────┴─────────┴─────┴─────┴─────┴─────┘
 *
 * Opcodes of parts (`hasOffset`) have an offset, in elements, in place of operand c.
 *
 * The first four bytes without the state are the record's *word*: what it does, whatever it does it to.
 * `adj` points to a buffer while cotangents are numbers, and is the cotangent's slot while they are recorded.
 *
 * A tensor of any rank is rows × cols: `cols` is its last size, `rows` the product of the others; a vector is one row.
 * Its elements are float64, or float32 where the flag says so.
 */
export const SLOT_BYTES = 32
export const SLOT_SHIFT = 5
export const OPERAND_A = 4
export const OPERAND_B = 8
export const OPERAND_C = 12
export const VALUE = 16
export const ROWS = 20
export const ADJOINT = 24
export const COLS = 28

/** The byte after the opcode: what is known when a record is written. */
export const FLAGS = 1
/** The result is a tensor (otherwise it is a scalar, kept in the slot). */
export const FLAG_TENSOR = 1
/** An operand is a tensor though the result need not be: the record is not plain scalar arithmetic. */
export const FLAG_MIXED = 2
export const FLAG_TRANSPOSE_A = 4
export const FLAG_TRANSPOSE_B = 8
/** The value is kept on the TypeScript side: a value of a user's type, or the structure that a host op gives. */
export const FLAG_HOST = 16
/** The result is a tensor of float32. Numbers are float64 always, also those that such a tensor gives. */
export const FLAG_FLOAT32 = 32

/**
 * The byte that holds an op's small constants: for Pow, k in the low and l in the high four bits; for BlockMatMul, what the
 * blocks share; for Host, how many operands stand in the slot; for Polygamma, Gaussian and the functions that stand with their
 * derivative under one opcode, the order of the derivative.
 */
export const ATTRIBUTE = 3

/** Attribute of Gaussian beside the order: it is e^(−a²/2), not e^(−a²). */
export const GAUSSIAN_HALF = 128

/** The highest order of Polygamma: its factorial, and what is made of it, does not overflow. */
export const LAST_POLYGAMMA = 100

/** Attribute of BlockMatMul: A is the same for all blocks; B is; the result is, being their sum. */
export const BLOCKS_SHARE_A = 1
export const BLOCKS_SHARE_B = 2
export const BLOCKS_SUM = 4

/** The byte after the flags: what a reverse walk knows of a record's cotangent. */
export const STATE = 2
/** A contribution has arrived. */
export const STATE_TOUCHED = 1
/** The cotangent's buffer belongs to another record: copy before the first write. */
export const STATE_BORROWED = 2
/** The cotangent's buffer was given by the caller: write there, and nowhere else. */
export const STATE_GIVEN = 4

/** The cotangent's buffer is the parameter itself: every contribution is added times −rate. */
export const STATE_UPDATE = 8
/** In a recorded walk: the cotangent's record was made for this slot alone, and the next part may be added in its buffer. */
export const STATE_OWN_RECORD = 16

/** Alignment of every buffer in linear memory, in bytes: one cache line. */
export const ALIGNMENT = 64

/**
 * The control block: what both sides read and write between two calls, at the address that the engine exports as
 * `controlBlock`. Offsets in bytes, all values are 32-bit integers.
 */
/** Where the next buffer of the arena will be, and where its current chunk ends. */
export const CONTROL_TOP = 0
export const CONTROL_END = 4
/** How many records and constants the tape has. */
export const CONTROL_RECORDS = 8
export const CONTROL_CONSTANTS = 12
/**
 * Why the last call came back, and, where memory was missing, how many bytes it needs at once, or, where an order was too high, the
 * opcode.
 */
export const CONTROL_STATUS = 16
export const CONTROL_NEEDED = 20
/** How many of the records have been run, told before each walk. */
export const CONTROL_RAN = 24
export const CONTROL_BYTES = 28
