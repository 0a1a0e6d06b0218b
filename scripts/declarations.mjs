/**
 * What a package has to ship of its declarations: what the exports of its entries lead to, statement by statement. So what
 * is internal needs no types, and nothing that is shipped refers to what is not.
 */
import ts from 'typescript'

/**
 * The declaration files that these entries lead to, each with what is used of it alone.
 * @param {readonly string[]} entries declaration files
 * @returns {Map<string, string>} the text of each file, by its path
 */
export function reachable(entries) {
  const program = ts.createProgram(entries, {
    allowImportingTsExtensions: true,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    noEmit: true,
    types: [],
  })
  const checker = program.getTypeChecker()
  /** Statements, and the names in imports and exports. @type {Set<ts.Node>} */
  const kept = new Set()

  /** @param {ts.Symbol | undefined} symbol */
  const follow = symbol => {
    for (const declaration of symbol?.declarations ?? []) {
      const part = partOf(declaration)
      if (kept.has(part) || program.isSourceFileDefaultLibrary(part.getSourceFile())) continue
      kept.add(part)
      if (isSpecifier(part)) follow(checker.getImmediateAliasedSymbol(/** @type {ts.Symbol} */ (symbol)))
      else followAll(part)
    }
  }
  /** @param {ts.Node} node */
  const followAll = node => {
    if (ts.isIdentifier(node)) follow(checker.getSymbolAtLocation(node))
    ts.forEachChild(node, followAll)
  }
  for (const entry of entries) {
    const module = checker.getSymbolAtLocation(/** @type {ts.SourceFile} */ (program.getSourceFile(entry)))
    if (module === undefined) throw new Error(`${entry} exports nothing`)
    for (const symbol of checker.getExportsOfModule(module)) follow(symbol)
  }

  const files = new Set([...kept].map(part => part.getSourceFile()))
  return new Map(
    [...files].map(file => {
      const statements = file.statements.map(statement => textOf(statement, kept)).filter(text => text !== '')
      return [file.fileName, `${statements.join('').trim()}\n`]
    }),
  )
}

/**
 * @param {ts.Node} node
 * @returns {node is ts.ImportSpecifier | ts.ExportSpecifier}
 */
function isSpecifier(node) {
  return ts.isImportSpecifier(node) || ts.isExportSpecifier(node)
}

/**
 * The statement that a declaration is in, or the declaration itself if it is a name in an import or export.
 * @param {ts.Node} declaration
 */
function partOf(declaration) {
  let part = declaration
  while (!isSpecifier(part) && !ts.isSourceFile(part) && !ts.isSourceFile(part.parent)) part = part.parent
  return part
}

/**
 * What is kept of a statement, with the comments in front of it.
 * @param {ts.Statement} statement
 * @param {ReadonlySet<ts.Node>} kept
 */
function textOf(statement, kept) {
  const whole = statement.getFullText()
  const names = namesOf(statement)
  // `export *` has no names, nor has the `export {}` of a file that exports nothing else.
  if (names === undefined) return kept.has(statement) || ts.isExportDeclaration(statement) ? whole : ''
  const used = names.elements.filter(name => kept.has(name))
  if (used.length === names.elements.length) return whole
  if (used.length === 0) return ''
  const start = names.getStart() - statement.getFullStart()
  const list = used.map(name => name.getText()).join(', ')
  return `${whole.slice(0, start)}{ ${list} }${whole.slice(start + names.getWidth())}`
}

/**
 * The names in braces, if the statement is an import or export with such.
 * @param {ts.Statement} statement
 */
function namesOf(statement) {
  const names =
    ts.isImportDeclaration(statement) && statement.importClause?.name === undefined
      ? statement.importClause?.namedBindings
      : ts.isExportDeclaration(statement)
        ? statement.exportClause
        : undefined
  return names !== undefined && (ts.isNamedImports(names) || ts.isNamedExports(names)) ? names : undefined
}
