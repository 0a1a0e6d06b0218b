/**
 * Checks that what the package exports is documented as docs/design/documentation.md asks.
 *
 *   node scripts/check-docs.mjs              src/index.ts and src/inspect/index.ts
 *   node scripts/check-docs.mjs a.ts b.ts    these entries
 *
 * Prints `file:line  symbol  what is missing` for each defect and ends with `N symbols checked, N incomplete`.
 */
import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = resolve(import.meta.dirname, '..')
const entries = ['src/index.ts', 'src/inspect/index.ts']

/**
 * Something missing.
 * @typedef {object} Defect
 * @property {string} file below the root
 * @property {number} line
 * @property {string} symbol as it is exported; members as `Class.member`
 * @property {string} missing
 */

/**
 * What a kind of symbol must say: every one its meaning, then more.
 * @typedef {'callable' | 'described' | 'member'} Kind
 */

const wellKnownErrors = new Set(['Error', 'RangeError', 'TypeError', 'SyntaxError', 'AggregateError', 'DOMException'])

/**
 * Checks all that some entry files export.
 * @param {string[]} entryFiles
 * @returns {{ checked: number, incomplete: number, defects: Defect[] }}
 */
export function checkDocumentation(entryFiles) {
  const configuration = ts.readConfigFile(resolve(root, 'src/tsconfig.json'), path => ts.sys.readFile(path))
  const { options } = ts.parseJsonConfigFileContent(configuration.config, ts.sys, root)
  const program = ts.createProgram([...entryFiles, resolve(root, 'assembly/asbind/as-bind.d.ts')], options)
  const checker = program.getTypeChecker()

  /** @type {Map<string, ts.Symbol>} by its exported name */
  const exported = new Map()
  for (const entry of entryFiles) {
    const source = program.getSourceFile(entry)
    const module = source && checker.getSymbolAtLocation(source)
    if (module === undefined) throw new Error(`${entry} is no module`)
    for (const symbol of checker.getExportsOfModule(module)) {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
      // A name may be exported by two entries: as two things it is checked twice, as one thing once.
      const name = exported.has(symbol.name) && exported.get(symbol.name) !== target ? `${symbol.name} ` : symbol.name
      exported.set(name, target)
    }
  }

  /** @type {Defect[]} */
  const defects = []
  /** @type {Set<ts.Symbol>} */
  const seen = new Set()
  let incomplete = 0
  for (const [name, symbol] of exported) {
    if (seen.has(symbol) || isInternal(symbol)) continue
    seen.add(symbol)
    checkSymbol(symbol, name.trim(), kindOf(symbol))
    for (const [member, kind] of membersOf(symbol)) {
      if (seen.has(member) || isInternal(member)) continue
      seen.add(member)
      const memberName = member.name === '__constructor' ? 'constructor' : member.name
      checkSymbol(member, `${name.trim()}.${memberName}`, kind)
    }
  }
  return { checked: seen.size, incomplete, defects }

  /**
   * @param {ts.Symbol} symbol
   * @param {string} name
   * @param {Kind} kind
   */
  function checkSymbol(symbol, name, kind) {
    const missing = missingFrom(symbol, kind)
    if (missing.length > 0) incomplete++
    const declaration = symbol.declarations?.[0]
    if (declaration === undefined) return
    const source = declaration.getSourceFile()
    const { line } = source.getLineAndCharacterOfPosition(declaration.getStart())
    const file = relative(root, source.fileName)
    defects.push(...missing.map(what => ({ file, line: line + 1, symbol: name, missing: what })))
  }

  /**
   * @param {ts.Symbol} symbol
   * @param {Kind} kind
   * @returns {string[]}
   */
  function missingFrom(symbol, kind) {
    const tags = symbol.getJsDocTags(checker).map(tag => ({ name: tag.name, text: ts.displayPartsToString(tag.text) }))
    const texts = (/** @type {string} */ name) => tags.filter(tag => tag.name === name).map(tag => tag.text.trim())
    const [meaning = ''] = ts
      .displayPartsToString(symbol.getDocumentationComment(checker))
      .trim()
      .split(/\n\s*\n/)

    const missing = []
    if (meaning === '') missing.push('meaning: a first sentence that says what it is')
    else if (meaning.split(/\s+/).length < (kind === 'member' ? 2 : 3))
      missing.push(`meaning: "${meaning}" is no sentence`)
    if (kind === 'member') return missing

    const sameAs = tags.find(tag => tag.name === 'sameAs')?.text.trim()
    if (sameAs !== undefined) {
      const other = exported.get(sameAs)
      if (other === undefined) missing.push(`@sameAs: "${sameAs}" is not exported`)
      else if (kindOf(other) !== 'callable') missing.push(`@sameAs: "${sameAs}" cannot be called`)
      return missing
    }

    if (kind === 'callable') missing.push(...shapeOf(symbol, meaning, texts), ...errorsOf(texts('throws')))
    const examples = texts('example')
    if (examples.length === 0) missing.push('@example')
    else if (!examples.every(example => /```ts\b[^\n]*\n[^]*\S[^]*\n\s*```/.test(example)))
      missing.push('@example: no fragment fenced with ```ts')
    return missing
  }

  /**
   * What a callable takes and gives.
   * @param {ts.Symbol} symbol
   * @param {string} meaning
   * @param {(name: string) => string[]} texts
   * @returns {string[]}
   */
  function shapeOf(symbol, meaning, texts) {
    const shapes = texts('shape')
    if (shapes.length > 0) {
      const missing = []
      if (!shapes.every(shape => /\S\s*→\s*\S/.test(shape))) missing.push('@shape: not of the form "inputs → result"')
      const isOp = symbol.declarations?.some(({ parent }) => /[/\\]ops[/\\]/.test(parent.getSourceFile().fileName))
      if (isOp && !/[=↦]/.test(meaning))
        missing.push('meaning: the first paragraph of an op holds a formula, with = or ↦')
      return missing
    }
    const documented = new Map(
      texts('param').map(text => {
        const [, name = '', description = ''] = /^(\S+)\s*-?\s*([^]*)$/.exec(text) ?? []
        return [name, description]
      }),
    )
    const signatures = signaturesOf(symbol)
    const parameters = new Set(signatures.flatMap(signature => signature.getParameters().map(parameterName)))
    const missing = [...parameters].filter(name => !documented.get(name)).map(name => `@param ${name} (or @shape)`)
    const returnsNothing = signatures.every(signature => {
      const type = checker.getReturnTypeOfSignature(signature)
      return (type.flags & (ts.TypeFlags.Void | ts.TypeFlags.Never)) !== 0
    })
    const isConstructor = (symbol.flags & ts.SymbolFlags.Constructor) !== 0
    if (!returnsNothing && !isConstructor && !texts('returns').some(text => text !== ''))
      missing.push('@returns (or @shape)')
    return missing
  }

  /**
   * @param {string[]} throws
   * @returns {string[]}
   */
  function errorsOf(throws) {
    if (throws.length === 0) return ['@throws {Name} when …, or @throws nothing']
    if (throws.length === 1 && /^nothing\b/.test(throws[0])) return []
    return throws.flatMap(text => {
      const [, name = '', when = ''] = /^\{?([\w.]+)\}?\s*-?\s*([^]*)$/.exec(text) ?? []
      if (name === '' || when === '') return [`@throws: "${text}" is not of the form {Name} when …`]
      return exported.has(name) || wellKnownErrors.has(name) ? [] : [`@throws: ${name} is not exported`]
    })
  }

  /**
   * @param {ts.Symbol} symbol
   * @returns {readonly ts.Signature[]}
   */
  function signaturesOf(symbol) {
    const declaration = symbol.valueDeclaration ?? symbol.declarations?.[0]
    if (declaration === undefined) return []
    if (symbol.flags & ts.SymbolFlags.Constructor)
      return (symbol.declarations ?? []).flatMap(constructor => {
        const signature = ts.isConstructorDeclaration(constructor) && checker.getSignatureFromDeclaration(constructor)
        return signature ? [signature] : []
      })
    return checker.getTypeOfSymbolAtLocation(symbol, declaration).getCallSignatures()
  }

  /**
   * @param {ts.Symbol} symbol
   * @returns {Kind}
   */
  function kindOf(symbol) {
    const callable =
      symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Method) ||
      (symbol.flags & ts.SymbolFlags.Variable && signaturesOf(symbol).length > 0)
    return callable ? 'callable' : 'described'
  }

  /**
   * The public members that a class, an interface or an enum declares itself.
   * @param {ts.Symbol} symbol
   * @returns {[ts.Symbol, Kind][]}
   */
  function membersOf(symbol) {
    if (symbol.flags & ts.SymbolFlags.Enum)
      return [...(symbol.exports?.values() ?? [])].map(member => [member, 'member'])
    if (!(symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface))) return []
    const statics = symbol.flags & ts.SymbolFlags.Class ? [...(symbol.exports?.values() ?? [])] : []
    return [...(symbol.members?.values() ?? []), ...statics].flatMap(member => {
      if (!isPublic(member)) return []
      if (member.flags & ts.SymbolFlags.Constructor) {
        if (isError(symbol)) return [] // made by the library, caught by the user
        const takesNothing = signaturesOf(member).every(signature => signature.getParameters().length === 0)
        return takesNothing ? [] : [/** @type {[ts.Symbol, Kind]} */ ([member, 'callable'])]
      }
      const named = ts.SymbolFlags.Method | ts.SymbolFlags.Property | ts.SymbolFlags.Accessor
      if (!(member.flags & named)) return []
      return [/** @type {[ts.Symbol, Kind]} */ ([member, member.flags & ts.SymbolFlags.Method ? 'callable' : 'member'])]
    })
  }

  /**
   * Whether a class is an error: whether it has a stack.
   * @param {ts.Symbol} symbol
   */
  function isError(symbol) {
    const type = checker.getDeclaredTypeOfSymbol(symbol)
    return type.isClass() && checker.getPropertiesOfType(type).some(({ name }) => name === 'stack')
  }

  /** @param {ts.Symbol} member */
  function isPublic(member) {
    const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected
    return (member.declarations ?? []).some(declaration => {
      if (ts.getCombinedModifierFlags(declaration) & hidden) return false
      if (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Override) return false // documented where it is first declared
      if (ts.isParameter(declaration)) return true // a property declared by the constructor
      const name = ts.getNameOfDeclaration(declaration)
      // A property named by a sentence, in a type that stands for an error message, explains itself.
      const isSentence = name !== undefined && ts.isStringLiteral(name) && name.text.includes(' ')
      return name === undefined || !(isSentence || ts.isPrivateIdentifier(name) || ts.isComputedPropertyName(name))
    })
  }

  /** @param {ts.Symbol} symbol */
  function isInternal(symbol) {
    return symbol.getJsDocTags(checker).some(tag => tag.name === 'internal')
  }
}

/** @param {ts.Symbol} parameter */
function parameterName(parameter) {
  const declaration = parameter.valueDeclaration
  const isPattern = declaration && ts.isParameter(declaration) && !ts.isIdentifier(declaration.name)
  return isPattern ? 'options' : parameter.name
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const given = process.argv.slice(2)
  const { checked, incomplete, defects } = checkDocumentation(
    (given.length > 0 ? given : entries).map(entry => (given.length > 0 ? resolve(entry) : resolve(root, entry))),
  )
  for (const { file, line, symbol, missing } of defects) console.log(`${file}:${line}  ${symbol}  ${missing}`)
  console.log(`${checked} symbols checked, ${incomplete} incomplete`)
  if (incomplete > 0) process.exitCode = 1
}
