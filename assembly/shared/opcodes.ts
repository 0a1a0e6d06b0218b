/**
 * Op numbers. Read by both compilers (AssemblyScript and TypeScript), so the two sides cannot differ.
 *
 * Where an op is found: its shape rule and documentation in `src/ops/`, its value in `assembly/values/`, its rule in
 * `assembly/rules/`, its loop over memory in `assembly/kernels/`. How to add one: docs/how-an-op-is-built.md.
 */
export enum Opcode {
  /** An input of a run, or a constant: a value and no operands. */
  Leaf = 0,
  /** y = a, sharing a's memory. Binds an outer variable as an input of an inner run. */
  Identity,
  /** y = a, sharing a's memory, with derivative 0. */
  StopGradient,
  /** y = a, each element rounded to the type of the result's: float32 from float64, or back. */
  Cast,

  // Elementwise, one operand.
  Neg,
  Abs,
  Sign,
  Exp,
  Log,
  Sqrt,
  Sin,
  Cos,
  Tan,
  Asin,
  Acos,
  Atan,
  Sinh,
  Cosh,
  Tanh,
  Asinh,
  Acosh,
  Atanh,
  Log1p,
  Expm1,
  Logistic,
  Log1pExp,
  Floor,
  Ceil,
  /** The nearest whole number, the even one of two. */
  Round,
  /** log(1 − eᵃ); with the attribute 1 its derivative, −1/(e⁻ᵃ − 1). */
  Log1mExp,
  /** ∂ᵏ e^(−a²)/∂aᵏ, or of e^(−a²/2) by a bit of the attribute, whose other bits are k. */
  Gaussian,
  Erf,
  Erfc,
  NormCdf,
  /** The inverses of these three; with the attribute 1 their derivatives. */
  Inverf,
  Inverfc,
  InvNormCdf,
  /** log |Γ(a)|. */
  LGamma,
  /** ∂ᵏψ(a)/∂aᵏ for the digamma function ψ, with k in the attribute. */
  Polygamma,

  // Elementwise, two operands; either may be a scalar that is broadcast.
  Add,
  Sub,
  Mul,
  Div,
  /** ∂ᵏ⁺ˡ(a ^ b) / ∂aᵏ∂bˡ, with k and l packed in the attribute; k = l = 0 is the power itself. */
  Pow,
  Atan2,
  /** √(a² + b²) without overflow. */
  Hypot,
  /** The larger of a and b; NaN if one is. */
  Max,
  /** The smaller of a and b; NaN if one is. */
  Min,
  /** ∂ max(a, b)/∂a: 1 where a is larger, 0 where it is smaller, ½ where they are equal. */
  MaxShare,
  /** 1 where a < b, else 0. */
  Less,
  /** 1 where a ≤ b, else 0. */
  LessOrEqual,
  /** 1 where a = b, else 0. */
  Equal,
  /** a·(1 − b)(1 + b): the pullback of tanh, b being its result. */
  TanhBack,
  /** a·b·(1 − b): the pullback of the logistic function, b being its result. */
  LogisticBack,

  /** b where a is not 0, c where it is, elementwise; each may be a scalar that is broadcast. */
  Where,

  // Reductions and their transposes. A vector is one row.
  /** Sum of all elements. */
  Sum,
  /** Scalar a, repeated over the result's shape: the transpose of Sum. */
  Broadcast,
  /** Inner product of all elements, Σ aᵢⱼ bᵢⱼ. */
  Dot,
  /** Sum of each row. */
  RowSum,
  /** Element i of a, repeated over row i: the transpose of RowSum. */
  RowBroadcast,
  /** Inner product of each pair of rows. */
  RowDot,
  /** Row i of a times element i of b: the transpose of RowDot. */
  RowScale,
  /** The largest of all elements, −∞ for none; where the result is a tensor, that of each row. */
  Maximum,
  /** The smallest of all elements, ∞ for none; where the result is a tensor, that of each row. */
  Minimum,
  /**
   * The gradient of an extreme b of a's elements: 1/k for each of the k elements that equal b, 0 for the others; where b is a
   * tensor, of each row.
   */
  ExtremeShare,
  /** Each row of a, repeated as often as the result has room for; a scalar is a row of one element. */
  Repeat,
  /** The sum of the rows that `Repeat` would have made of each row: its transpose. */
  SumRepeats,

  // Products.
  /** A·x, or Aᵀ·x with the flag TransposeA. */
  MatVec,
  /** op(A)·op(B), each transposed by its flag. */
  MatMul,
  /** a·bᵀ. */
  Outer,
  /**
   * op(Aᵢ)·op(Bᵢ) for each of several blocks, that lie below each other in A, in B and in the result, each transposed by its
   * flag. By bits of the attribute one of the three is the same for all blocks; if it is the result, the sum.
   */
  BlockMatMul,

  // Softmax and its relatives, along each row.
  Softmax,
  /** b∘(a − ⟨a, b⟩): the pullback of softmax, b being its result. */
  SoftmaxBack,
  LogSumExp,
  /** −Σⱼ bⱼ log softmax(a)ⱼ for each row. */
  SoftmaxCrossEntropy,
  /** aᵢ·(Σⱼ cᵢⱼ · softmax(b)ᵢ − cᵢ): the pullback of SoftmaxCrossEntropy by its logits. */
  SoftmaxCrossEntropyBack,

  // Parts: contiguous elements of a tensor, from an offset on. The offset stands in the record in place of operand c.
  /** The elements of a from the offset on, as many as the result has; a tensor shares a's memory. */
  Slice,
  /** Zeros, with a from the offset on: the transpose of Slice. */
  Embed,
  /** a with b added from the offset on. Works in a's buffer: a is made by Embed or AddAt, and read by this record only. */
  AddAt,
  /** a with b written from the offset on, where a has zeros of an Embed. Works in a's buffer, as AddAt does. */
  Put,

  // The same parts of each row, of as many columns as the part has elements a row. The offset is one in the row.
  /** The columns of a from the offset on, as many as the result has elements a row. */
  RowSlice,
  /** Zeros, with a in the columns from the offset on: the transpose of RowSlice. */
  RowEmbed,
  /** a with b added in the columns from the offset on. Works in a's buffer, as AddAt does. */
  RowAddAt,
  /** a with b written in the columns from the offset on, where a has zeros of a RowEmbed. Works in a's buffer, as Put does. */
  RowPut,

  /**
   * An op of the user's. Its value is there when it is recorded; the walk back stops at it. Operand a is the number of its
   * node on the TypeScript side (src/hostStore.ts). Where the attribute is 1 or 2, so many operands stand in b and c, all
   * numbers, as is the result. Otherwise b is the op's first slot, and c is not 0 in a slot that holds a part of its result.
   */
  Host,

  /** How many opcodes there are. */
  Count,
}
