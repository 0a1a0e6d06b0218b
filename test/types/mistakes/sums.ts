/** Unions: tags, variants, cases. */
import type { Mistake } from '../mistake.ts'

export const sums: readonly Mistake[] = [
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
    what: 'another variant of a union than there is',
    program:
      "gradBP((s: BVar<{ kind: 'a'; r: number } | { kind: 'b'; w: number }>) => ('r' in s ? s.r : s.w))({ kind: 'a', ⟦w│r⟧: 1 })",
    at: 'w',
    says: ["'w' does not exist in type"],
  },
  {
    what: 'a missing case',
    program: 'match(s, { circle: c => c.r⟦│, box: b => b.w⟧ })',
    at: '{ circle: c => c.r }',
    says: ["Property 'box' is missing in type '{ circle:", "but required in type '{ readonly circle:"],
  },
  {
    what: 'two missing cases',
    program:
      "declare const t: BVar<Shape | { kind: 'dot' }>\nmatch(t, { ⟦│circle: c => c.r, dot: () => n, ⟧box: b => b.w })",
    at: '{ box: b => b.w }',
    says: ['is missing the following properties from type', ': circle, dot'],
  },
  {
    what: 'a missing case, of a tag that is named',
    program: "match(s, 'kind', { box: b => b.w⟦│, circle: c => c.r⟧ })",
    at: '{ box: b => b.w }',
    says: ["Property 'circle' is missing in type '{ box:"],
  },
  {
    what: 'a case that no variant needs',
    program: 'match(s, { circle: c => c.r, box: b => b.w⟦, cube: () => n│⟧ })',
    at: 'cube',
    says: [`Type '() => Var<number>' is not assignable to type '"no variant has this tag"'`],
  },
  {
    what: "another variant's field in a case",
    program: 'match(s, { circle: c => c.⟦h│r⟧, box: b => b.w })',
    at: 'h',
    says: ["Property 'h' does not exist on type", '"circle"'],
  },
  {
    what: 'a result of match taken for the result of one case',
    program: 'const half: Var<number> = match(s, { circle: c => c.r.div(2), box: ⟦() => null│b => b.w⟧ })',
    at: 'half',
    says: ["Type 'Var<number> | null' is not assignable to type 'Var<number>'"],
  },
  {
    what: 'cases that give variables of different sizes',
    program: 'const v: Var<Vector<3>> = match(s, { circle: () => x, box: () => ⟦y│x⟧ })',
    at: 'v',
    says: ["Type 'Var<Vector<3>> | Var<Vector<4>>' is not assignable to type 'Var<Vector<3>>'"],
  },
  {
    what: 'a key that could be mistaken for the tag',
    program:
      "declare const t: BVar<{ kind: 'a'; name: string } | { kind: 'b'; x: number }>\nmatch(t, ⟦│'kind', ⟧{ a: () => n, b: () => n })",
    at: 't',
    says: [`is not assignable to type '"name the key that tells the variants apart: match(value, \\"kind\\", { … })"'`],
  },
  {
    what: 'two keys that tell the variants apart',
    program:
      "declare const t: BVar<{ kind: 'a'; unit: 'm' } | { kind: 'b'; unit: 's' }>\nmatch(t, ⟦│'unit', ⟧{ ⟦a│m⟧: () => n, ⟦b│s⟧: () => n })",
    at: 't',
    says: ['match(value, \\"kind\\", { … })', 'match(value, \\"unit\\", { … })'],
  },
  {
    what: 'a union without a tag',
    program:
      'declare const t: BVar<{ ⟦│kind: "a"; ⟧x: number } | { ⟦│kind: "b"; ⟧y: number }>\nmatch(t, { a: () => n, b: () => n })',
    at: 't',
    says: ['"no key has a literal tag in each variant: { kind: \\"circle\\", … } | { kind: \\"box\\", … }"'],
  },
  {
    what: 'a union whose tag is any string',
    program:
      "declare const t: BVar<{ kind: ⟦string│'a'⟧; x: number } | { kind: 'b' }>\nmatch(t, { a: () => n, b: () => n })",
    at: 't',
    says: ['"no key has a literal tag in each variant'],
  },
  {
    what: 'a union with null',
    program: 'declare const t: BVar<Shape> | null\n⟦│t && ⟧match(t, { circle: () => n, box: () => n })',
    at: 't',
    says: [
      "Type 'null' is not assignable to type",
      '& "test for null and undefined first: value === null ? … : match(value, { … })"',
    ],
  },
  {
    what: 'a variable that is no union',
    program: 'match(⟦n│s⟧, { circle: () => n, box: () => n })',
    at: 'n',
    says: ['"no key has a literal tag in each variant'],
  },
  {
    what: 'a key that is no tag',
    program: "match(s, ⟦'radius'│'kind'⟧, { circle: () => n, box: () => n })",
    at: "'radius'",
    says: [`Argument of type '"radius"' is not assignable to parameter of type '"kind"'`],
  },
  {
    what: 'a variant that a switch leaves out',
    program:
      "const area = (s: BVar<Shape>): Var<number> => {\n  switch (s.kind) {\n    case 'circle':\n      return s.r\n⟦│    case 'box':\n      return s.w\n⟧  }\n}",
    at: 'Var<number>',
    says: ["Function lacks ending return statement and return type does not include 'undefined'"],
  },
  {
    what: 'a variant that is left when none may be',
    program:
      "const area = (s: BVar<Shape>): Var<number> => {\n  if (s.kind === 'circle') return s.r\n  ⟦│if (s.kind === 'box') return s.w\n  ⟧const none: never = s\n  return none\n}",
    at: 'none',
    says: [
      `Type '{ readonly kind: "box"; readonly w: Var<number>; readonly h: Var<number>; }' is not assignable to type 'never'`,
    ],
  },
  {
    what: 'a field that only one variant has, before the tag is tested',
    program: "const r = ⟦s.r│s.kind === 'circle' && s.r⟧",
    at: 'r',
    says: ["Property 'r' does not exist on type"],
  },
  {
    what: 'a field that may be null',
    program: 'gradBP((p: BVar<{ a: number | null }>) => p.a⟦│!⟧.mul(2))',
    at: 'p.a',
    says: ["'p.a' is possibly 'null'"],
  },
  {
    what: 'a field that may be missing',
    program: 'gradBP((p: BVar<{ a?: number }>) => p.a⟦│!⟧.mul(2))',
    at: 'p.a',
    says: ["'p.a' is possibly 'undefined'"],
  },
  {
    what: 'a result that may be undefined',
    program: 'gradBP((p: BVar<{ a?: number }>) => p.a⟦│ ?? null⟧)',
    at: '(p: BVar<{ a?: number }>) => p.a',
    says: ['"return null where there is no result: undefined is what a forgotten return gives"'],
  },
  {
    what: 'a cotangent of another variant than there are',
    program: "backpropWith((s: BVar<Shape>) => s)({ kind: 'circle', r: 1 })[1]({ kind: ⟦'cube'│'circle'⟧, r: 1 })",
    at: 'kind',
    says: [`Type '"cube"' is not assignable to type '"circle" | "box"'`],
  },
  {
    what: 'a layer of a recursive union that does not fit the next',
    program:
      "type Net<I extends number> = { kind: 'output'; w: Matrix<1, I> } | { kind: 'layer'; w: Matrix<4, I>; next: Net<4> }\nconst run = <I extends number>(net: BVar<Net<I>>, x: Var<Vector<I>>): Var<Vector<1>> =>\n  match(net, { output: ({ w }) => matVec(w, x), layer: ({ w, next }) => run(next, ⟦x│matVec(w, x)⟧) })",
    at: 'x',
    says: ["Argument of type 'Var<Vector<I>>' is not assignable to parameter of type 'Var<Vector<4>>'"],
  },
  {
    what: 'a union whose tag is any fixed number',
    program:
      'declare const t: BVar<{ n: Fixed<⟦number│0⟧>; x: number } | { n: Fixed<1> }>\nmatch(t, { 0: () => n, 1: () => n })',
    at: 't',
    says: ['"no key has a literal tag in each variant'],
  },
]
