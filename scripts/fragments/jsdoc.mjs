/**
 * The examples in the JSDoc of what the package exports.
 */
import { relative } from 'node:path'
import ts from 'typescript'
import { fragmentsOf } from './markdown.mjs'

/** @typedef {import('./markdown.mjs').Fragment} Fragment */

/**
 * Each example of each exported symbol and of its members, as a fragment that stands alone. Exported names that an
 * example uses and neither imports nor declares are imported for it: from the symbol's own entry, else from the first.
 * @param {string} root
 * @param {{ file: string, module: string }[]} entries the package's entries, the main one first
 * @returns {Fragment[]}
 */
export function jsdocFragments(root, entries) {
  const configuration = ts.readConfigFile(`${root}/src/tsconfig.json`, path => ts.sys.readFile(path))
  const { options } = ts.parseJsonConfigFileContent(configuration.config, ts.sys, root)
  const files = entries.map(({ file }) => `${root}/${file}`)
  const program = ts.createProgram([...files, `${root}/assembly/asbind/as-bind.d.ts`], options)
  const checker = program.getTypeChecker()

  const exportsOf = files.map(file => {
    const source = program.getSourceFile(file)
    const module = source && checker.getSymbolAtLocation(source)
    const symbols = module ? checker.getExportsOfModule(module) : []
    return symbols.map(symbol => ({
      name: symbol.name,
      symbol: symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
    }))
  })

  /** @type {Map<string, Fragment>} */
  const fragments = new Map()
  for (const [i, { module }] of entries.entries()) {
    /** @type {Map<string, string>} name as it is imported → module */
    const scope = new Map()
    for (const [j, exported] of [...exportsOf.entries()].sort(([a], [b]) => Number(b === i) - Number(a === i)))
      for (const { name, symbol } of exported) {
        const text = symbol.flags & ts.SymbolFlags.Value ? name : `type ${name}`
        const isNew = !scope.has(name) && !scope.has(`type ${name}`)
        if (isNew) scope.set(text, j === i ? module : entries[j].module)
      }
    for (const { symbol } of exportsOf[i])
      for (const documented of [symbol, ...(symbol.members?.values() ?? []), ...(symbol.exports?.values() ?? [])])
        for (const declaration of documented.declarations ?? []) add(declaration, scope)
  }
  return [...fragments.values()]

  /**
   * @param {ts.Declaration} declaration
   * @param {Map<string, string>} scope
   */
  function add(declaration, scope) {
    const source = declaration.getSourceFile()
    for (const comment of ts.getJSDocCommentsAndTags(declaration)) {
      if (!ts.isJSDoc(comment)) continue
      const start = source.getLineAndCharacterOfPosition(comment.pos).line
      const lines = comment
        .getText(source)
        .split('\n')
        .map(line => line.replace(/^\s*(?:\/\*\*|\*\/|\* ?)/, ''))
      if (!lines.some(line => line.startsWith('@example'))) continue
      for (const fragment of fragmentsOf(lines.join('\n'), relative(root, source.fileName))) {
        const line = start + fragment.line
        const code = withImports(fragment.code, scope)
        fragments.set(`${fragment.file}:${line}`, { ...fragment, line, code, alone: true })
      }
    }
  }
}

/**
 * The code with imports of the names it takes for granted, on its first line.
 * @param {string} code
 * @param {Map<string, string>} scope
 */
function withImports(code, scope) {
  const source = ts.createSourceFile('example.ts', code, ts.ScriptTarget.Latest, true)
  /** @type {Set<string>} */
  const used = new Set()
  /** @type {Set<string>} */
  const declared = new Set()
  visit(source)
  const imports = [...scope]
    .map(([text, module]) => ({ text, module, name: text.replace(/^type /, '') }))
    .filter(({ name }) => used.has(name) && !declared.has(name))
    .map(({ text, module }) => `import { ${text} } from '${module}'`)
  return [...imports, code].join('; ')

  /** @param {ts.Node} node */
  function visit(node) {
    if (ts.isIdentifier(node) && !isPropertyName(node)) (isIntroduced(node) ? declared : used).add(node.text)
    ts.forEachChild(node, visit)
  }
}

/**
 * Whether an identifier introduces a name into its scope.
 * @param {ts.Identifier} node
 */
function isIntroduced(node) {
  const { parent } = node
  const introduces =
    ts.isVariableDeclaration(parent) ||
    ts.isBindingElement(parent) ||
    ts.isParameter(parent) ||
    ts.isFunctionDeclaration(parent) ||
    ts.isClassDeclaration(parent) ||
    ts.isInterfaceDeclaration(parent) ||
    ts.isTypeAliasDeclaration(parent) ||
    ts.isEnumDeclaration(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isImportClause(parent) ||
    ts.isNamespaceImport(parent)
  return introduces && parent.name === node
}

/**
 * Whether an identifier is a property's name, which refers to nothing.
 * @param {ts.Identifier} node
 */
function isPropertyName(node) {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node
  return (
    (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isMethodSignature(parent)) &&
    parent.name === node
  )
}
