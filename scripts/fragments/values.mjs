/**
 * Comments that state a value: `dot(x, x) // → 14`. The statement is turned into a comparison.
 */
import ts from 'typescript'

/** What a bare comment after an expression must look like to be read as its value; after an arrow anything is. */
const looksLikeValue = /^(?:[-+]?[\d.∞]|[[{"'`]|(?:true|false|null|undefined|NaN|-?Infinity)\b)/

/**
 * The code with each stated value compared and each stated error expected, through `$value(place, actual, stated)` and
 * `$throws(place, action, name, message)`. In a branch (`try`, `catch`, `if`) it is announced before, by `$due(place)`, so
 * that one which is never reached is noticed. Lines stay where they are.
 * @param {string} code
 * @param {(line: number) => string} place where a line, counted from 0, comes from
 * @returns {string}
 */
export function compareValues(code, place) {
  const source = ts.createSourceFile('fragment.ts', code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS)
  /** @type {{ start: number, end: number, text: string }[]} */
  const edits = []
  /** @type {string[] | undefined} while in a branch: the places of what is stated there */
  let due
  for (const statement of source.statements) visit(statement)
  return edits
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end, text: inserted }) => text.slice(0, start) + inserted + text.slice(end), code)

  /** @param {ts.Node} node */
  function visit(node) {
    if (ts.isExpressionStatement(node)) expression(node)
    else if (ts.isVariableStatement(node)) variables(node)
    else if (ts.isBlock(node)) node.statements.forEach(visit)
    else if (ts.isTryStatement(node)) branches(node, [node.tryBlock, node.catchClause?.block, node.finallyBlock])
    else if (ts.isIfStatement(node)) branches(node, [node.thenStatement, node.elseStatement])
  }

  /**
   * @param {ts.Statement} node
   * @param {(ts.Statement | undefined)[]} parts
   */
  function branches(node, parts) {
    const outermost = due === undefined
    due ??= []
    for (const part of parts) if (part !== undefined) visit(part)
    if (!outermost) return
    const text = due.map(place => `;$due(${place});`).join('')
    if (text !== '') edits.push({ start: node.getStart(), end: node.getStart(), text })
    due = undefined
  }

  /** @param {ts.ExpressionStatement} node */
  function expression(node) {
    const at = JSON.stringify(placeOf(node))
    const stated = valueAfter(node, true)
    const subject = printed(node.expression)
    const text = subject.getText(source)
    const error = errorAfter(node)
    if (error !== undefined) {
      const { name, message } = error
      const thrower = `$throws(${at}, async () => (${text}), ${JSON.stringify(name)}, ${JSON.stringify(message)})`
      replace(node, at, `await ${thrower}`)
    } else if (stated !== undefined) {
      replace(node, at, `$value(${at}, (${text}), ${JSON.stringify(stated)})`)
    }
  }

  /**
   * @param {ts.ExpressionStatement} node
   * @param {string} at
   * @param {string} text
   */
  function replace(node, at, text) {
    // The statement before may lack its semicolon; where one statement is all there may be, it would end it.
    const separator = ts.isIfStatement(node.parent) ? '' : ';'
    edits.push({ start: node.getStart(), end: node.getEnd(), text: separator + text })
    due?.push(at)
  }

  /** @param {ts.VariableStatement} node */
  function variables(node) {
    const stated = valueAfter(node, false)
    if (stated === undefined) return
    const names = node.declarationList.declarations.flatMap(({ name }) => namesIn(name))
    const subject = names.length === 1 ? names[0] : `[${names.join(', ')}]`
    const at = JSON.stringify(placeOf(node))
    const text = `;$value(${at}, ${subject}, ${JSON.stringify(stated)})`
    edits.push({ start: node.getEnd(), end: node.getEnd(), text })
    due?.push(at)
  }

  /**
   * The comment on the line where a statement ends, if it states a value.
   * @param {ts.Node} node
   * @param {boolean} bare whether the arrow may be left out
   */
  function valueAfter(node, bare) {
    const comment = commentAt(node.getEnd())
    const [, arrow] = /^→\s*(.*)$/.exec(comment ?? '') ?? []
    if (arrow !== undefined) return arrow
    return bare && comment !== undefined && looksLikeValue.test(comment) ? comment : undefined
  }

  /**
   * The error a statement is said to throw, on its line or on the next: `// ShapeMismatchError: dot: sizes differ …`.
   * @param {ts.Node} node
   */
  function errorAfter(node) {
    const end = code.indexOf('\n', node.getEnd())
    const next = end < 0 ? undefined : commentAt(end + 1)
    for (const comment of [commentAt(node.getEnd()), next]) {
      const [, name, message = ''] = /^(?:throws )?([A-Z]\w*Error)(?::\s*(.*))?$/.exec(comment ?? '') ?? []
      if (name !== undefined) return { name, message: message.split('…')[0].trim() }
    }
    return undefined
  }

  /**
   * The line comment that begins after `position`, with nothing but blanks before it.
   * @param {number} position
   */
  function commentAt(position) {
    return /^[ \t;]*\/\/\s*([^\n]*)/.exec(code.slice(position))?.[1].trim()
  }

  /** @param {ts.Node} node */
  function placeOf(node) {
    return place(source.getLineAndCharacterOfPosition(node.getStart()).line)
  }
}

/**
 * What is compared for a statement: its expression, or what it prints.
 * @param {ts.Expression} expression
 */
function printed(expression) {
  const prints = ts.isCallExpression(expression) && expression.expression.getText() === 'console.log'
  return prints && expression.arguments.length === 1 ? expression.arguments[0] : expression
}

/**
 * The names that a declaration or a pattern introduces.
 * @param {ts.BindingName} name
 * @returns {string[]}
 */
function namesIn(name) {
  if (ts.isIdentifier(name)) return [name.text]
  return name.elements.flatMap(element => (ts.isOmittedExpression(element) ? [] : namesIn(element.name)))
}
