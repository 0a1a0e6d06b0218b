/**
 * What must not compile, and what the compiler then says. In each program ⟦wrong│right⟧ marks the mistake and its repair:
 * the wrong one must give exactly one diagnostic, at the code and with the texts that are given; the right one none.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { compile, type Diagnostic } from './compile.ts'
import { async } from './mistakes/async.ts'

interface Mismatch {
  readonly what: string
  readonly program: string
  /** The code that is underlined. */
  readonly at: string
  /** What the message contains. */
  readonly says: readonly string[]
}

const scope = `
  import {
    add, backprop, backpropWith, check, collectVar, constVar, dot, evalBP, exp, fmap, gradBP, logistic, matMul, matVec, matrix,
    max, mul, resident, sequenceVar, zipWith,
    sgdStep, softmaxCrossEntropy, squaredError, sub, vector, widen, zeros,
    type AnyTensor, type BVar, type Fixed, type Leaf, type Matrix, type Tensor, type Var, type Vector,
  } from 'backprop-wasm'

  declare const n: Var<number>, x: Var<Vector<3>>, y: Var<Vector<4>>, a: Var<Matrix<2, 3>>
  declare const v3: Vector<3>, v4: Vector<4>, m23: Matrix<2, 3>, m34: Matrix<3, 4>
  type Layer = { w: Vector<3>; b: number }
  declare const layer: Layer
  const f = (layer: BVar<Layer>) => dot(layer.w, layer.w).add(layer.b)
  const g = (x: Var<number>, y: Var<Vector<3>>) => dot(y, y).mul(x)
`

const families: Record<string, readonly Mismatch[]> = {
  async,
  collections: [
    {
      what: 'sequenceVar of a number',
      program: 'sequenceVar(⟦n│x⟧)',
      at: 'n',
      says: ["Argument of type 'Var<number>' is not assignable to parameter of type 'Operand<Parts<number, Shape>>'"],
    },
    {
      what: 'more parts than there are',
      program: 'const [p, q, r⟦, s│⟧] = sequenceVar(x)',
      at: 's',
      says: ["Tuple type '[Var<number>, Var<number>, Var<number>]' of length '3' has no element at index '3'"],
    },
    {
      what: 'collectVar of vectors of two sizes',
      program: 'collectVar([x, ⟦y│v3⟧])',
      at: 'y',
      says: ["Type 'Var<Vector<4>>' is not assignable to type"],
    },
    {
      what: 'fmap that gives what is no operand',
      program: 'fmap(e => ⟦String(e.value)│e⟧, x)',
      at: 'fmap',
      says: ["Type 'string' is not assignable to type 'Operand<number>'"],
    },
    {
      what: 'zipWith of unequal lengths',
      program: 'zipWith((p, q) => p.mul(q), x, ⟦y│v3⟧)',
      at: 'zipWith',
      says: ["Argument of type 'Var<Vector<4>>' is not assignable", "Type '4' is not assignable to type '3'"],
    },
    {
      what: 'max of two sizes',
      program: 'max(x, ⟦y│v3⟧)',
      at: 'y',
      says: [
        "Argument of type 'Var<Vector<4>>' is not assignable to parameter of type 'Operand<NoInfer<Vector<3>>>'",
        "Type '4' is not assignable to type '3'",
      ],
    },
    {
      what: 'the size of what is collected',
      program: 'matVec(a, ⟦collectVar([n, 1])│collectVar([n, 1, 2])⟧)',
      at: 'collectVar([n, 1])',
      says: ["Argument of type 'Var<Vector<2>>' is not assignable to parameter of type 'Operand<Vector<3>>'"],
    },
  ],
  sizes: [
    {
      what: 'matVec, of variables',
      program: 'matVec(a, ⟦y│x⟧)',
      at: 'y',
      says: [
        "Argument of type 'Var<Vector<4>>' is not assignable to parameter of type 'Operand<Vector<3>>'",
        "Type '4' is not assignable to type '3'",
      ],
    },
    {
      what: 'matVec, of plain values: the sizes are no union',
      program: 'matVec(m23, ⟦v4│v3⟧)',
      at: 'v4',
      says: ["Argument of type 'Vector<4>' is not assignable to parameter of type 'Operand<Vector<3>>'"],
    },
    {
      what: 'matVec, of a matrix and a vector of another layer',
      program:
        'declare const w: Var<Matrix<10, 300>>, x784: Var<Vector<784>>, x300: Var<Vector<300>>\nmatVec(w, ⟦x784│x300⟧)',
      at: 'x784',
      says: ["Argument of type 'Var<Vector<784>>' is not assignable to parameter of type 'Operand<Vector<300>>'"],
    },
    {
      what: 'matVec, transposed',
      program: 'matVec(a, ⟦x│vector([1, 2], 2)⟧, { transpose: true })',
      at: 'x',
      says: ["Argument of type 'Var<Vector<3>>' is not assignable to parameter of type 'Operand<Vector<2>>'"],
    },
    {
      what: 'matVec, of two vectors',
      program: 'matVec(⟦x│a⟧, x)',
      at: 'x',
      says: [
        "Argument of type 'Var<Vector<3>>' is not assignable to parameter of type 'Operand<Matrix<number, number>>'",
      ],
    },
    {
      what: 'matMul, of variables',
      program: 'matMul(a, ⟦a│m34⟧)',
      at: 'a',
      says: ["Argument of type 'Var<Matrix<2, 3>>' is not assignable to parameter of type 'Operand<Matrix<3, 3>>'"],
    },
    {
      what: 'matMul, of plain values',
      program: 'matMul(m23, ⟦m23│m34⟧)',
      at: 'm23',
      says: ["Argument of type 'Matrix<2, 3>' is not assignable to parameter of type 'Operand<Matrix<3, 3>>'"],
    },
    {
      what: 'matMul, transposed',
      program: 'matMul(a, ⟦m34│m23⟧, { transposeB: true })',
      at: 'm34',
      says: ["Argument of type 'Matrix<3, 4>'", "Type '4' is not assignable to type '3'"],
    },
    {
      what: 'add, of variables',
      program: 'add(x, ⟦y│x⟧)',
      at: 'y',
      says: ["Argument of type 'Var<Vector<4>>' is not assignable to parameter of type 'Operand<NoInfer<Vector<3>>>'"],
    },
    {
      what: 'add, of plain values',
      program: 'add(v3, ⟦v4│v3⟧)',
      at: 'v4',
      says: ["Argument of type 'Vector<4>' is not assignable to parameter of type 'Operand<NoInfer<Vector<3>>>'"],
    },
    {
      what: 'the method add',
      program: 'x.add(⟦y│x⟧)',
      at: 'add',
      says: [
        "Argument of type 'Var<Vector<4>>' is not assignable to parameter of type", // the order of a union varies
        'Operand<Vector<3>>',
      ],
    },
    {
      what: 'sub, of a plain value and a variable',
      program: 'sub(v3, ⟦y│x⟧)',
      at: 'y',
      says: ["Argument of type 'Var<Vector<4>>' is not assignable to parameter of type 'Operand<NoInfer<Vector<3>>>'"],
    },
    {
      what: 'dot, of variables',
      program: 'dot(x, ⟦y│x⟧)',
      at: 'y',
      says: ["Argument of type 'Var<Vector<4>>' is not assignable to parameter of type 'Operand<NoInfer<Vector<3>>>'"],
    },
    {
      what: 'dot, of plain values',
      program: 'dot(v3, ⟦v4│v3⟧)',
      at: 'v4',
      says: ["Argument of type 'Vector<4>' is not assignable to parameter of type 'Operand<NoInfer<Vector<3>>>'"],
    },
    {
      what: 'softmaxCrossEntropy',
      program: 'softmaxCrossEntropy(x, ⟦v4│v3⟧)',
      at: 'v4',
      says: ["Argument of type 'Vector<4>' is not assignable to parameter of type 'Operand<NoInfer<Vector<3>>>'"],
    },
    {
      what: 'squaredError, of a matrix and a vector',
      program: 'squaredError(a, ⟦v3│m23⟧)',
      at: 'v3',
      says: ["Argument of type 'Vector<3>' is not assignable to parameter of type 'Operand<NoInfer<Matrix<2, 3>>>'"],
    },
    {
      what: 'a size that is not known',
      program: 'matVec(m23, ⟦vector([1, 2, 3])│check(vector([1, 2, 3]), [3])⟧)',
      at: 'vector([1, 2, 3])',
      says: [
        "is not assignable to parameter of type 'Operand<Vector<3>>'",
        "Type 'number' is not assignable to type '3'",
      ],
    },
    {
      what: 'a variable of known size where any size may come: variables are invariant',
      program: 'const square = (v: Var<Vector>) => dot(v, v)\nsquare(⟦x│widen(x)⟧)',
      at: 'x',
      says: [
        "Argument of type 'Var<Vector<3>>' is not assignable to parameter of type 'Var<Vector>'",
        'sizes are part of the type: forget them with widen(x), or be generic in them',
      ],
    },
    {
      what: 'a variable of any size where a size is needed',
      program:
        'const square = (v: Var<Vector<3>>) => dot(v, v)\ndeclare const any: Var<Vector>\nsquare(⟦any│check(any, [3])⟧)',
      at: 'any',
      says: ["Argument of type 'Var<Vector>' is not assignable to parameter of type 'Var<Vector<3>>'"],
    },
    {
      what: 'generic sizes that need not be equal',
      program:
        'const h = <M extends number, N extends number>(w: Var<Matrix<M, N>>, v: Var<Vector<⟦M│N⟧>>) => matVec(w, v)',
      at: 'v',
      says: ["Argument of type 'Var<Vector<M>>' is not assignable to parameter of type 'Operand<Vector<NoInfer<N>>>'"],
    },
    {
      what: 'no number and no tensor',
      program: "exp(⟦'2'│2⟧)",
      at: "'2'",
      says: ["Argument of type 'string' is not assignable to parameter of type 'Operand<Leaf>'"],
    },
  ],

  'the function': [
    {
      what: 'a parameter without annotation',
      program: 'gradBP(⟦x│(x: Var<number>)⟧ => x)',
      at: 'x => x',
      says: ['"annotate each parameter with its type: (x: Var<number>) => …, (net: BVar<Net>) => …"'],
    },
    {
      what: 'one of two parameters without annotation',
      program: 'evalBP((⟦w│w: Var<number>⟧, x: Var<number>) => x)',
      at: '(w, x: Var<number>) => x',
      says: ['"annotate each parameter with its type: (x: Var<number>) => …, (net: BVar<Net>) => …"'],
    },
    {
      what: 'a parameter of type any',
      program: 'backprop((x: ⟦any│Var<number>⟧) => x)',
      at: '(x: any) => x',
      says: ['"annotate each parameter with its type: (x: Var<number>) => …, (net: BVar<Net>) => …"'],
    },
    {
      what: 'a generic op instead of a function of one type',
      program: 'gradBP(⟦logistic│(x: Var<number>) => logistic(x)⟧)',
      at: 'logistic',
      says: ['"annotate each parameter with its type: (x: Var<number>) => …, (net: BVar<Net>) => …"'],
    },
    {
      what: 'a plain number as parameter',
      program: 'gradBP((x: ⟦number│Var<number>⟧) => constVar(2).mul(x))',
      at: '(x: number) => constVar(2).mul(x)',
      says: [
        `Type 'NotDifferentiable<"annotate it as Var<…>, or as BVar<…> for a structure">' is not assignable to type 'number'`,
      ],
    },
    {
      what: 'a plain tensor as parameter',
      program: 'backpropWith((x: ⟦Vector<3>│Var<Vector<3>>⟧) => dot(x, x))',
      at: '(x: Vector<3>) => dot(x, x)',
      says: [`Type 'NotDifferentiable<"annotate it as Var<…>, or as BVar<…> for a structure">'`],
    },
    {
      what: 'a plain structure as parameter',
      program: 'gradBP((layer: ⟦Layer│BVar<Layer>⟧) => dot(layer.w, layer.w))',
      at: '(layer: Layer) => dot(layer.w, layer.w)',
      says: [
        "Types of property 'w' are incompatible",
        `NotDifferentiable<"annotate it as Var<…>, or as BVar<…> for a structure">`,
      ],
    },
    {
      what: 'a plain number as result',
      program: 'gradBP((x: Var<number>) => ⟦x.value * 2│x.mul(2)⟧)',
      at: '(x: Var<number>) => x.value * 2',
      says: [`Type 'number' is not assignable to type '"return a variable: leave out .value, or use constVar(…)"'`],
    },
    {
      what: 'a plain number within the result',
      program: 'evalBP((x: Var<number>) => ({ x, half: [x.⟦value / 2│div(2)⟧] }))',
      at: '(x: Var<number>) => ({ x, half: [x.value / 2] })',
      says: [
        "'half",
        `Type 'number' is not assignable to type '"return a variable: leave out .value, or use constVar(…)"'`,
      ],
    },
    {
      what: 'no result',
      program: 'gradBP((x: Var<number>) => { ⟦│return ⟧x.mul(2) })',
      at: '(x: Var<number>) => { x.mul(2) }',
      says: [`Type 'void' is not assignable to type '"return what the ops give: the result holds no variable"'`],
    },
    {
      what: 'a result without variables',
      program: "gradBP((x: Var<number>) => ⟦'text'│x⟧)",
      at: "(x: Var<number>) => 'text'",
      says: [`Type 'string' is not assignable to type '"return what the ops give: the result holds no variable"'`],
    },
    {
      what: 'a promise as result',
      program: 'gradBP(⟦async │⟧(x: Var<number>) => x)',
      at: 'async (x: Var<number>) => x',
      says: [
        `Type 'Promise<Var<number>>' is not assignable to type '"return a variable: leave out .value, or use constVar(…)"'`,
      ],
    },
    {
      what: 'a numeric literal as tag',
      program: 'gradBP((p: BVar<{ kind: ⟦0 | 1│string⟧; x: number }>) => p.x)',
      at: '(p: BVar<{ kind: 0 | 1; x: number }>) => p.x',
      says: [
        "Types of property 'kind' are incompatible",
        `is not assignable to type 'NumericTag<0, "use a string tag, or fixed()"> | NumericTag<1, "use a string tag, or fixed()">'`,
      ],
    },
    {
      what: 'a numeric tag that is tested',
      program: 'const area = (s: BVar<{ kind: ⟦0│string⟧; r: number }>) => s.kind === ⟦0│"0"⟧',
      at: 's.kind === 0',
      says: [`the types 'NumericTag<0, "use a string tag, or fixed()">' and 'number' have no overlap`],
    },
    {
      what: 'a numeric enum',
      program: 'enum Kind { A⟦│ = "a"⟧, B⟦│ = "b"⟧ }\ngradBP((p: BVar<{ kind: Kind; x: number }>) => p.x)',
      at: '(p: BVar<{ kind: Kind; x: number }>) => p.x',
      says: [`NumericTag<Kind.A, "use a string tag, or fixed()">`],
    },
    {
      what: 'a typed array that is no tensor',
      program: 'gradBP((p: BVar<{ data: ⟦Float32Array│Vector⟧; x: number }>) => p.x)',
      at: '(p: BVar<{ data: Float32Array; x: number }>) => p.x',
      says: [`NotDifferentiable<"make a tensor of it, vector(data), or wrap it in fixed()">`],
    },
    {
      what: 'an object with content of its own',
      program: 'gradBP((p: BVar<{ when: ⟦Date│Fixed<Date>⟧; x: number }>) => p.x)',
      at: '(p: BVar<{ when: Date; x: number }>) => p.x',
      says: [`NotDifferentiable<"make a tensor of it, vector(data), or wrap it in fixed()">`],
    },
    {
      what: 'a field that is assigned to',
      program: 'gradBP((p: BVar<Layer>) => { ⟦p.b = p.b.mul(2); return p.b│const b = p.b.mul(2); return b⟧ })',
      at: 'b',
      says: ["Cannot assign to 'b' because it is a read-only property"],
    },
    {
      what: 'a variable compared with >',
      program: 'gradBP((x: Var<number>) => (⟦x > 0│x.gt(0)⟧ ? x : x.neg()))',
      at: 'x > 0',
      says: ["Operator '>' cannot be applied to types 'Var<number>' and 'number'"],
    },
    {
      what: 'a variable compared with ===',
      program: 'gradBP((x: Var<number>) => (⟦x === 0│x.eq(0)⟧ ? x : x.neg()))',
      at: 'x === 0',
      says: ["the types 'Var<number>' and 'number' have no overlap"],
    },
    {
      what: 'a variable multiplied with *',
      program: 'gradBP((x: Var<number>) => ⟦constVar(x * 2)│x.mul(2)⟧)',
      at: 'x',
      says: ['The left-hand side of an arithmetic operation must be of type'],
    },
    {
      what: 'a tensor compared',
      program: '⟦x│n⟧.lt(2)',
      at: 'x',
      says: ["The 'this' context of type 'Var<Vector<3>>' is not assignable to method's 'this' of type 'Var<number>'"],
    },
  ],

  'options and calls': [
    {
      what: 'wrt beyond the last argument',
      program: 'gradBP(g, { wrt: ⟦2│1⟧ })',
      at: 'wrt',
      says: ["Type '2' is not assignable to type '0 | 1 | readonly (0 | 1)[]"],
    },
    {
      what: 'wrt beyond the last argument, in an array',
      program: 'backprop(g, { wrt: [0, ⟦2│1⟧] })',
      at: '2',
      says: ["Type '2' is not assignable to type '0 | 1'"],
    },
    {
      what: 'wrt by name',
      program: "backpropWith(g, { wrt: ⟦'x'│0⟧ })",
      at: 'wrt',
      says: ["Type 'string' is not assignable to type '0 | 1 | readonly (0 | 1)[]"],
    },
    {
      what: 'a missing field',
      program: 'gradBP(f)({ w: v3⟦│, b: 1⟧ })',
      at: '{ w: v3 }',
      says: [
        "is not assignable to parameter of type 'Plain<{ w: Vector<3>; b: number; }>'",
        "Property 'b' is missing in type '{ w: Vector<3>; }'",
      ],
    },
    {
      what: 'a field too many',
      program: 'gradBP(f)({ w: v3, b: 1⟦, c: 2│⟧ })',
      at: 'c',
      says: ["'c' does not exist in type 'Plain<{ w: Vector<3>; b: number; }>'"],
    },
    {
      what: 'a field of another size',
      program: 'gradBP(f)({ w: ⟦v4│v3⟧, b: 1 })',
      at: 'w',
      says: ["Type 'Vector<4>' is not assignable to type 'Plain<Vector<3>>'"],
    },
    {
      what: 'a string as argument',
      program: "gradBP((x: Var<number>) => x.mul(x))(⟦'3'│3⟧)",
      at: "'3'",
      says: ["Argument of type 'string' is not assignable to parameter of type 'Plain<number>'"],
    },
    {
      what: 'a typed array as argument',
      program: 'const data = new Float64Array(3)\ngradBP((x: Var<Vector<3>>) => dot(x, x))(⟦data│vector(data, 3)⟧)',
      at: 'data',
      says: ["is not assignable to parameter of type 'Plain<Vector<3>>'"],
    },
    {
      what: 'an argument too few',
      program: 'gradBP(g)(1⟦│, v3⟧)',
      at: 'gradBP(g)',
      says: ['Expected at least 2 arguments, but got 1'],
    },
    {
      what: 'an argument too many',
      program: 'evalBP(g)(1, v3⟦, 2│⟧)',
      at: '2',
      says: ['Expected 2 arguments, but got 3'],
    },
    {
      what: 'a gradient that would be taken by the index as well',
      program:
        'const slope = gradBP((x: Var<number>) => x.mul(x))\nconst slopes: number[] = [1, 2].map(⟦slope│x => slope(x)⟧)',
      at: 'slope',
      says: ["Types of parameters 'nothingMore' and 'index' are incompatible"],
    },
    {
      what: 'a gradient by an argument too many',
      program: 'gradBP(f)(layer⟦, 2│⟧)',
      at: '2',
      says: ["Argument of type '2' is not assignable to parameter of type 'never'"],
    },
    {
      what: 'another variant of a union than there is',
      program:
        "gradBP((s: BVar<{ kind: 'a'; r: number } | { kind: 'b'; w: number }>) => ('r' in s ? s.r : s.w))({ kind: 'a', ⟦w│r⟧: 1 })",
      at: 'w',
      says: ["'w' does not exist in type"],
    },
    {
      what: 'resident parameters of another size',
      program: 'gradBP((x: Var<Vector<3>>) => dot(x, x))(resident(⟦v4│v3⟧))',
      at: 'resident(v4)',
      says: ["Type 'Resident<Vector<4>>' is not assignable to type 'Resident<Vector<3>>'"],
    },
    {
      what: 'a cotangent of another structure',
      program: 'backpropWith((x: Var<number>) => [x, x.mul(2)] as const)(3)[1](⟦1│[1, 0]⟧)',
      at: '1',
      says: ["Argument of type 'number' is not assignable to parameter of type '[number, number]'"],
    },
    {
      what: 'a cotangent of another size',
      program: 'backpropWith((x: Var<Vector<3>>) => x.mul(2))(v3)[1](⟦v4│v3⟧)',
      at: 'v4',
      says: ["Argument of type 'Vector<4>' is not assignable to parameter of type 'Vector<3>'"],
    },
    {
      what: 'into of another size',
      program: 'gradBP((x: Var<Vector<3>>) => dot(x, x), { into: ⟦v4│v3⟧ })',
      at: 'into',
      says: ["Type 'Vector<4>' is not assignable to type 'Plain<Vector<3>> | undefined'"],
    },
    {
      what: 'into of another structure',
      program: 'gradBP(f, { into: { w: v3⟦│, b: 0⟧ } })',
      at: 'into',
      says: ["Type '{ w: Vector<3>; }' is not assignable to type 'Plain<{ w: Vector<3>; b: number; }> | undefined'"],
    },
    {
      what: 'into of another argument than wrt',
      program: 'gradBP(g, { wrt: ⟦0│1⟧, into: v3 })',
      at: 'into',
      says: ["Type 'Vector<3>' is not assignable to type 'Plain<number> | undefined'"],
    },
    {
      what: 'a gradient taken for another type',
      program: 'const gradient: Vector<⟦4│3⟧> = gradBP((x: Var<Vector<3>>) => dot(x, x))(v3)',
      at: 'gradient',
      says: ["Type 'Vector<3>' is not assignable to type 'Vector<4>'"],
    },
    {
      what: 'a gradient inside another run taken for a plain one',
      program: 'const slope = (x: Var<number>): ⟦number│Var<number>⟧ => gradBP((y: Var<number>) => y.mul(y))(x)',
      at: 'gradBP((y: Var<number>) => y.mul(y))(x)',
      says: ["Type 'Var<number>' is not assignable to type 'number'"],
    },
    {
      what: 'a resident gradient taken for a plain one',
      program: 'const gradient: ⟦Layer│{ read(): Layer }⟧ = gradBP(f, { into: resident(layer) })(layer)',
      at: 'gradient',
      says: ["Type 'Resident<Layer>' is missing the following properties from type 'Layer': w, b"],
    },
    {
      what: 'a record that is no fixed value',
      program:
        'gradBP((p: BVar<{ x: number; n: ⟦Fixed<number>│{ value: number }⟧ }>) => p.x)({ x: 1, n: { value: 2 } })',
      at: 'n',
      says: ["is not assignable to type 'Plain<Fixed<number>>'"],
    },
  ],

  sgdStep: [
    {
      what: 'parameters that are not resident',
      program: 'sgdStep((w: Var<Vector<3>>) => dot(w, w), { rate: 1 })(⟦v3│resident(v3)⟧)',
      at: 'v3',
      says: ["Argument of type 'Vector<3>' is not assignable to parameter of type 'Resident<Vector<3>>'"],
    },
    {
      what: 'a loss that is no number',
      program: 'sgdStep((w: Var<Vector<3>>) => ⟦w.mul(w)│dot(w, w)⟧, { rate: 1 })',
      at: '(w: Var<Vector<3>>) => w.mul(w)',
      says: ["Call signature return types 'Var<Vector<3>>' and 'Var<number>' are incompatible"],
    },
    {
      what: 'a loss that is plain',
      program: 'sgdStep((w: Var<Vector<3>>) => dot(w, w)⟦.value│⟧, { rate: 1 })',
      at: '(w: Var<Vector<3>>) => dot(w, w).value',
      says: ["Type 'number' is not assignable to type 'Var<number>'"],
    },
    {
      what: 'data without annotation',
      program: 'sgdStep((w: Var<number>, ⟦x│x: Var<number>⟧) => w, { rate: 1 })',
      at: '(w: Var<number>, x) => w',
      says: ['"annotate each parameter with its type: (x: Var<number>) => …, (net: BVar<Net>) => …"'],
    },
    {
      what: 'no rate',
      program: 'sgdStep((w: Var<number>) => w.mul(w), {⟦│ rate: 1 ⟧})',
      at: '{}',
      says: ["Property 'rate' is missing in type '{}' but required in type 'SgdOptions'"],
    },
  ],
}

const variant = (program: string, which: '$1' | '$2') => scope + program.replace(/⟦([^│]*)│([^⟧]*)⟧/gu, which)

const all = Object.values(families).flat()
let found: Map<Mismatch, { wrong: Diagnostic[]; right: Diagnostic[] }>
beforeAll(() => {
  const results = compile(all.flatMap(({ program }) => [variant(program, '$1'), variant(program, '$2')]))
  found = new Map(
    all.map((mismatch, i) => [mismatch, { wrong: results[2 * i] ?? [], right: results[2 * i + 1] ?? [] }]),
  )
}, 120_000)

describe.each(Object.entries(families))('%s', (_family, mismatches) => {
  test.each(mismatches.map(mismatch => [mismatch.what, mismatch] as const))('%s', (_what, mismatch) => {
    const { wrong, right } = found.get(mismatch) ?? { wrong: [], right: [] }
    expect(right, 'the repaired program').toEqual([])
    expect(wrong).toHaveLength(1)
    const [diagnostic] = wrong
    expect(diagnostic?.at).toBe(mismatch.at)
    for (const text of mismatch.says) expect(diagnostic?.text).toContain(text)
  })
})
