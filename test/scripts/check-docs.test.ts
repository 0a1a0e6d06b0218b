/** scripts/check-docs.mjs finds each kind of defect, and nothing where nothing is missing. */
import { resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { checkDocumentation } from '../../scripts/check-docs.mjs'

const fixture = (name: string) => resolve(import.meta.dirname, 'fixtures', name)

test('a documented module is complete; private and internal members do not count', () => {
  const { checked, incomplete, defects } = checkDocumentation([fixture('documented.ts')])
  expect(defects).toEqual([])
  expect(incomplete).toBe(0)
  // double, halve (also half); OddError, value, double; Holder, value, constructor; Sentence; Parity; Sized with 2; Colour with 1
  expect(checked).toBe(2 + 3 + 3 + 1 + 1 + 3 + 2)
})

let found: ReturnType<typeof checkDocumentation>
beforeAll(() => {
  found = checkDocumentation([fixture('undocumented.ts')])
})

test.each([
  ['nothingAtAll', ['meaning: a first sentence that says what it is', '@example']],
  ['shortMeaning', ['meaning: "Short." is no sentence']],
  ['noExample', ['@example']],
  ['proseExample', ['@example: no fragment fenced with ```ts']],
  ['noFormula', ['meaning: the first paragraph of an op holds a formula, with = or ↦']],
  ['noArrow', ['@shape: not of the form "inputs → result"']],
  ['noParameter', ['@param y (or @shape)', '@returns (or @shape)']],
  ['noThrows', ['@throws {Name} when …, or @throws nothing']],
  [
    'strangeThrows',
    ['@throws: NobodyKnowsError is not exported', '@throws: "{RangeError}" is not of the form {Name} when …'],
  ],
  ['Bare', []],
  ['Bare.value', ['meaning: a first sentence that says what it is']],
  [
    'Bare.constructor',
    [
      'meaning: a first sentence that says what it is',
      '@param _x (or @shape)',
      '@throws {Name} when …, or @throws nothing',
      '@example',
    ],
  ],
  [
    'Bare.method',
    ['meaning: a first sentence that says what it is', '@throws {Name} when …, or @throws nothing', '@example'],
  ],
  [
    'Bare.make',
    [
      'meaning: a first sentence that says what it is',
      '@returns (or @shape)',
      '@throws {Name} when …, or @throws nothing',
      '@example',
    ],
  ],
  ['Bare.size', ['meaning: a first sentence that says what it is']],
  ['BareInterface.value', ['meaning: a first sentence that says what it is']],
  ['BareInterface.method', ['@sameAs: "nowhere" is not exported']],
  ['BareInterface.other', ['@sameAs: "noExample" cannot be called']],
  ['BareType', ['meaning: a first sentence that says what it is', '@example']],
  ['BareEnum', ['meaning: a first sentence that says what it is', '@example']],
  ['BareEnum.A', ['meaning: a first sentence that says what it is']],
])('%s', (symbol, missing) => {
  expect(found.defects.filter(defect => defect.symbol === symbol).map(defect => defect.missing)).toEqual(missing)
})

test('says where, and counts symbols rather than defects', () => {
  expect(found.defects.find(({ symbol }) => symbol === 'nothingAtAll')).toEqual({
    file: 'test/scripts/fixtures/undocumented.ts',
    line: 3,
    symbol: 'nothingAtAll',
    missing: 'meaning: a first sentence that says what it is',
  })
  expect(found.checked).toBe(22)
  expect(found.incomplete).toBe(20)
})
