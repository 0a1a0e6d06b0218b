/**
 * docs/coming-from-haskell.md: it has every name of the original, names nothing of ours that is not there, and uses in the
 * fragments of each section (which scripts/run-fragments.mjs runs) all that its table names.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Var } from 'backprop-wasm'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { fragmentsOf } from '../../scripts/fragments/markdown.mjs'
import { originalNames } from './originalNames.ts'

const root = resolve(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/coming-from-haskell.md'), 'utf8')

/** A line of a table: code in its columns, and whether its second column says anything. */
interface Row {
  readonly original: readonly string[]
  readonly ours: readonly string[]
  readonly isAnswered: boolean
  readonly line: string
}

interface Section {
  readonly title: string
  readonly rows: readonly Row[]
  /** What stands after a dot in its fragments, with the dot; and all other identifiers, but for imports. */
  readonly used: ReadonlySet<string>
}

const codeIn = (cell: string): string[] => Array.from(cell.matchAll(/`([^`]+)`/g), match => match[1])

/** A name of the library, `.name` if it is a method of a variable. What else stands in its column is JavaScript's own. */
const isName = (code: string): boolean => /^\.?[A-Za-z]\w*$/.test(code)

function rowsOf(text: string): Row[] {
  const lines = text.split('\n').filter(line => /^\|.*\|$/.test(line))
  return lines.slice(2).map(line => {
    const [original = '', here = '', meaning = ''] = line.slice(1, -1).split(' | ')
    const isAnswered = codeIn(here).length > 0 || (here.trim() === 'none' && meaning.trim() !== '')
    return { original: codeIn(original), ours: codeIn(here).filter(isName), isAnswered, line }
  })
}

function namesUsedIn(code: string): Set<string> {
  const used = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) return
    if (ts.isIdentifier(node)) {
      const isMember = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node
      used.add(isMember ? `.${node.text}` : node.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('fragment.ts', code, ts.ScriptTarget.Latest, true))
  return used
}

const sections: Section[] = page
  .split(/^## /m)
  .slice(1)
  .map(text => {
    const code = fragmentsOf(text, 'page').map(fragment => fragment.code)
    return { title: text.split('\n')[0], rows: rowsOf(text), used: namesUsedIn(code.join('\n')) }
  })
const rows = sections.flatMap(section => section.rows)

/** All names that src/index.ts exports, types among them. */
function exportedNames(): Set<string> {
  const configuration = ts.readConfigFile(join(root, 'src/tsconfig.json'), path => ts.sys.readFile(path))
  const { options } = ts.parseJsonConfigFileContent(configuration.config, ts.sys, join(root, 'src'))
  const entry = join(root, 'src/index.ts')
  const program = ts.createProgram([entry, join(root, 'assembly/asbind/as-bind.d.ts')], options)
  const checker = program.getTypeChecker()
  const module = checker.getSymbolAtLocation(program.getSourceFile(entry)!)!
  return new Set(checker.getExportsOfModule(module).map(({ name }) => name))
}

test('the tables are found', () => {
  expect(rows.length).toBeGreaterThan(80)
  expect(rows.filter(({ isAnswered }) => !isAnswered).map(({ line }) => line)).toEqual([])
})

describe('every name of the original has a row', () => {
  const answered = new Set(rows.flatMap(({ original }) => original))
  test.each(originalNames)('%s', (_, names) => {
    expect(names.filter(name => !answered.has(name))).toEqual([])
  })
})

test('every name in the first column is one of the original', () => {
  const known = new Set(originalNames.flatMap(([, names]) => names))
  expect(rows.flatMap(({ original }) => original).filter(name => !known.has(name))).toEqual([])
})

test('every name that is said to be ours is exported, or a method of a variable', () => {
  const known = exportedNames()
  for (const method of Object.getOwnPropertyNames(Var.prototype)) known.add(`.${method}`)
  expect(rows.flatMap(({ ours }) => ours).filter(name => !known.has(name))).toEqual([])
})

describe('every name that is said to be ours is used in its section', () => {
  test.each(sections.map(section => [section.title, section] as const))('%s', (_, section) => {
    expect(section.rows.flatMap(({ ours }) => ours).filter(name => !section.used.has(name))).toEqual([])
  })
})
