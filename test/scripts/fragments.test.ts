/** scripts/run-fragments.mjs: what is found in a file, how programs are made of it, and how values are compared. */
import { describe, expect, test } from 'vitest'
import { disagreement } from '../../scripts/fragments/compare.mjs'
import { fragmentsOf } from '../../scripts/fragments/markdown.mjs'
import { programsOf } from '../../scripts/fragments/programs.mjs'
import { compareValues } from '../../scripts/fragments/values.mjs'

const fence = (info: string, ...code: string[]) => ['```' + info, ...code, '```', ''].join('\n')

describe('fragmentsOf', () => {
  test('finds ts fragments and where they are', () => {
    const text = ['# Title', '', fence('ts', 'one()'), fence('js', 'two()'), fence('sh', 'ts'), fence('ts', 'x', 'y')]
    expect(fragmentsOf(text.join('\n'), 'a.md')).toEqual([
      { file: 'a.md', line: 4, code: 'one()', mode: 'run', message: '', alone: false },
      { file: 'a.md', line: 16, code: 'x\ny', mode: 'run', message: '', alone: false },
    ])
  })

  test('reads what a fence asks for', () => {
    const text = [
      fence('ts no-run', 'a'),
      fence('ts types', 'b'),
      fence('ts alone', 'c'),
      fence('ts expect-error "not assignable"', 'd'),
    ]
    expect(fragmentsOf(text.join('\n'), 'a.md').map(({ code, mode, message, alone }) => [code, mode, message, alone])) //
      .toEqual([
        ['b', 'types', '', false],
        ['c', 'run', '', true],
        ['d', 'error', 'not assignable', false],
      ])
  })

  test('a fence inside a comment of a fragment does not end it', () => {
    const text = fence('ts', '/**', ' * ```ts', ' * a()', ' * ```', ' */', 'b()')
    expect(fragmentsOf(text, 'a.md').map(({ code }) => code.split('\n').at(-1))).toEqual(['b()'])
  })

  test('an unknown word is an error that names the place', () => {
    expect(() => fragmentsOf(fence('ts norun', 'a'), 'a.md')).toThrow('a.md:1: "ts norun" is none of')
  })
})

describe('programsOf', () => {
  const programs = (...texts: string[]) => programsOf(fragmentsOf(texts.join('\n'), 'a.md'))

  test('joins fragments, each import once', () => {
    const [program, ...rest] = programs(
      fence('ts', "import { a, type T } from 'm'", 'a()'),
      fence('ts', "import { a, T, b } from 'm'", "import * as n from 'n'", "import 's'", 'b()'),
    )
    expect(rest).toEqual([])
    const [header, ...body] = program.types.split('\n')
    expect(header).toBe("import { a, T, b } from 'm'; import * as n from 'n'; import 's'")
    expect(body.map(line => line.trim())).toEqual(['', 'a()', '', '', '', 'b()', 'export {}'])
    expect(program.origin(2)).toMatchObject({ line: 3, fragment: { line: 2 } })
    expect(program.origin(6)).toMatchObject({ line: 10, fragment: { line: 7 } })
    expect(program.origin(0)).toBeUndefined()
  })

  test('a fragment that must not compile comes after those before it, and in no other program', () => {
    const [joined, failing] = programs(fence('ts', 'a'), fence('ts expect-error "no"', 'b'), fence('ts', 'c'))
    expect(joined.fragments.map(({ code }) => code)).toEqual(['a', 'c'])
    expect(failing.fragments.map(({ code }) => code)).toEqual(['a', 'b'])
  })

  test('an import that is relative to the page leads to the same file', () => {
    const [program] = programsOf(fragmentsOf(fence('ts', "import { a } from '../examples/a.ts'"), 'docs/page.md'))
    expect(program.types).toContain("import { a } from '../../examples/a.ts'")
  })

  test('what is only checked is not run', () => {
    const [program] = programs(fence('ts types', 'declared()'), fence('ts', 'executed()'))
    expect(program.types).toContain('declared()')
    expect(program.run).not.toContain('declared()')
    expect(program.run).toContain('executed()')
  })
})

describe('compareValues', () => {
  const lines = (code: string) => compareValues(code, line => `at:${line}`)

  test.each([
    ['f(x) // → 3', ';$value("at:0", (f(x)), "3") // → 3'],
    ['f(x) // 3', ';$value("at:0", (f(x)), "3") // 3'],
    ['f(x) // [1, 2]', ';$value("at:0", (f(x)), "[1, 2]") // [1, 2]'],
    ['f(x) // once more', 'f(x) // once more'],
    ['console.log(f(x)) // → 3', ';$value("at:0", (f(x)), "3") // → 3'],
    ['const y = f(x) // → 3', 'const y = f(x);$value("at:0", y, "3") // → 3'],
    ['const [y, { g: h }] = f(x) // → 3', 'const [y, { g: h }] = f(x);$value("at:0", [y, h], "3") // → 3'],
    ['const y = 3 // 3 of them', 'const y = 3 // 3 of them'],
    [
      'f() // RangeError: too large: 3 … more',
      ';await $throws("at:0", async () => (f()), "RangeError", "too large: 3") // RangeError: too large: 3 … more',
    ],
    ['f()\n// throws RangeError', ';await $throws("at:0", async () => (f()), "RangeError", "")\n// throws RangeError'],
    ['{ f(x) // → 3\n}', '{ ;$value("at:0", (f(x)), "3") // → 3\n}'],
    [
      'try { f()\n} catch (e) {\nif (e) g(e) // → 3\n}',
      ';$due("at:2");try { f()\n} catch (e) {\nif (e) $value("at:2", (g(e)), "3") // → 3\n}',
    ],
    ['if (x) f(x) // once', 'if (x) f(x) // once'],
  ])('%s', (code, expected) => {
    expect(lines(code)).toBe(expected)
  })

  test('a statement over several lines is compared as a whole', () => {
    expect(lines('f(\n  x,\n) // → 3')).toBe(';$value("at:0", (f(\n  x,\n)), "3") // → 3')
  })
})

describe('disagreement', () => {
  const tensor = { data: Float64Array.of(1, 2, 3, 4), shape: [2, 2] }

  test.each<[unknown, string]>([
    [3, '3'],
    [0.1 + 0.2, '0.3'],
    [1 / 3, '0.333'],
    [2 / 3, '0.667'],
    [2 / 3, '0.666…'],
    [1.23e-7, '1.23e-7'],
    [-Infinity, '-∞'],
    [Infinity, 'Infinity'],
    [NaN, 'NaN'],
    [[1, [2, 3]], '[1, [2, 3]]'],
    [{ w: tensor, kind: 'dense', b: 5 }, '{ w: 2×2 [1, 2, 3, 4], b: 5 }'],
    [Float64Array.from({ length: 100 }, (_, i) => i), '[0, 1, 2, …]'],
    [new Map([['a', 1]]), 'Map { a: 1 }'],
    [new (class { value = 7; other = 1 })(), '7'], // prettier-ignore
    ['dot', "'dot'"],
    ['dot', '"dot"'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'undefined'],
  ])('%o is %s', (actual, stated) => {
    expect(disagreement(actual, stated)).toBeUndefined()
  })

  test.each<[unknown, string, RegExp]>([
    [4, '3', /is 4, not 3/],
    [3.4, '3', /3\.4 is not 3/],
    [0.35, '0.333', /0\.35 is not 0\.333/],
    [0, '-0.1', /not/],
    [1.24e-7, '1.22e-7', /not/],
    [3, 'NaN', /not/],
    [[1, 2], '[1]', /has 2 numbers, \[1, 2\], and 1 are stated/],
    [[1], '[1, 2, …]', /has 1 numbers/],
    [[1, 3], '[1, 2]', /3 is not 2/],
    ['dot', "'sum'", /is "dot", not 'sum'/],
    [true, 'false', /is true/],
    [undefined, '3', /is undefined/],
    [3, 'three', /states no number/],
  ])('%o is not %s', (actual, stated, message) => {
    expect(disagreement(actual, stated)).toMatch(message)
  })
})
