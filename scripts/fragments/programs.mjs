/**
 * Fragments joined into programs, one file each.
 */
import { posix } from 'node:path'
import ts from 'typescript'
import { compareValues } from './values.mjs'

/** @typedef {import('./markdown.mjs').Fragment} Fragment */

/**
 * @typedef {object} Program
 * @property {Fragment[]} fragments in order
 * @property {string} types what the compiler checks
 * @property {string} run what is executed
 * @property {(line: number) => { fragment: Fragment, line: number } | undefined} origin of a line of `types`, from 0
 */

/**
 * The programs of one file: joined fragments are one, and each that stands alone or must not compile is its own.
 * @param {Fragment[]} fragments of one file
 * @returns {Program[]}
 */
export function programsOf(fragments) {
  const joined = fragments.filter(({ mode, alone }) => mode !== 'error' && !alone)
  const programs = joined.length > 0 ? [program(joined)] : []
  for (const [i, fragment] of fragments.entries()) {
    if (fragment.mode === 'error')
      programs.push(program([...joined.filter(other => fragments.indexOf(other) < i), fragment]))
    else if (fragment.alone) programs.push(program([fragment]))
  }
  return programs
}

/**
 * @param {Fragment[]} fragments
 * @returns {Program}
 */
function program(fragments) {
  /** @type {Map<string, Set<string>>} by module: what is imported, as written */
  const imports = new Map()
  const bodies = fragments.map(fragment => withoutImports(fragment.code, imports, fragment.file))
  const header = [...imports].flatMap(([module, names]) => declarationsOf(module, [...names])).join('; ')

  const types = [header, ...bodies, 'export {}'].join('\n')
  const starts = bodies.reduce((lines, body) => [...lines, lines[lines.length - 1] + body.split('\n').length], [1])
  const origin = (/** @type {number} */ line) => {
    const i = bodies.findIndex((_, index) => line >= starts[index] && line < starts[index + 1])
    return i < 0 ? undefined : { fragment: fragments[i], line: fragments[i].line + line - starts[i] }
  }
  const executed = fragments.flatMap((fragment, i) => {
    if (fragment.mode !== 'run') return []
    const compared = compareValues(bodies[i], line => `${fragment.file}:${fragment.line + line}`)
    return [`;$fragment(${JSON.stringify(keyOf(fragment))});\n${compared}`]
  })
  return { fragments, types, run: [header, ...executed, 'export {}'].join('\n'), origin }
}

/**
 * Import declarations for names of one module, which are `{name` for `{ name }` and otherwise as written.
 * @param {string} module
 * @param {string[]} names
 */
function declarationsOf(module, names) {
  const named = names.filter(name => name.startsWith('{')).map(name => name.slice(1))
  const others = names.filter(name => !name.startsWith('{')).map(name => `import ${name} from '${module}'`)
  if (names.length === 0) return [`import '${module}'`]
  return named.length === 0 ? others : [...others, `import { ${named.join(', ')} } from '${module}'`]
}

/**
 * What tells a fragment from all others.
 * @param {Fragment} fragment
 */
export function keyOf(fragment) {
  return `${fragment.file}:${fragment.line}`
}

/** Where programs are written, below the root. */
export const folder = 'build/fragments'

/**
 * A module as a program imports it: what is relative to the page of the fragment becomes relative to the program.
 * @param {string} module
 * @param {string} file
 */
function moduleFor(module, file) {
  return module.startsWith('.') ? posix.relative(folder, posix.join(posix.dirname(file), module)) : module
}

/**
 * The code with its import declarations blanked out and collected, since joined fragments may import a name twice.
 * @param {string} code
 * @param {Map<string, Set<string>>} imports
 * @param {string} file
 */
function withoutImports(code, imports, file) {
  const source = ts.createSourceFile('fragment.ts', code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS)
  let body = code
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue
    const { importClause, moduleSpecifier } = statement
    const module = moduleFor(moduleSpecifier.text, file)
    const names = imports.get(module) ?? new Set()
    imports.set(module, names)
    if (importClause?.name) names.add(importClause.name.text)
    const bindings = importClause?.namedBindings
    if (bindings && ts.isNamespaceImport(bindings)) names.add(bindings.getText())
    if (bindings && ts.isNamedImports(bindings))
      for (const element of bindings.elements) {
        const text = element.getText().replace(/^type\s+/, '')
        const isType = element.isTypeOnly || importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
        // Without `type` anyone may use it; with `type` and without, only the latter is needed.
        if (isType && !names.has(`{${text}`)) names.add(`{type ${text}`)
        if (!isType) {
          names.delete(`{type ${text}`)
          names.add(`{${text}`)
        }
      }
    const range = body.slice(statement.getStart(), statement.getEnd())
    body = body.replace(range, range.replaceAll(/[^\n]/g, ' '))
  }
  return body
}
